"""Addresses of an agreement, for the table of permissions: whoever is signed in reads every agreement, so
one that is missing is missing for everybody. ``test_agreement_pages`` has those that exist."""

READ = ("", "changes/", "conflicts/")
WRITTEN = ("plan/", "terms/")
STEPS = ("propose/", "sign/", "withdraw/", "version/", "discard/", "restore/<slug:part>/")

MISSING_AGREEMENT: dict[str, tuple[str, ...]] = {
    f"agreement/<int:agreement_id>/{part}": methods
    for parts, methods in ((READ, ("get",)), (WRITTEN, ("get", "post")), (STEPS, ("post",)))
    for part in parts
}
