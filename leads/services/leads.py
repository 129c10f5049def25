"""Writers of one lead."""

from smarketing.accounts.models import User

from ..models import Lead


def set_owner(*, lead_id: int, owner: User | None) -> None:
    """Note who owns the lead now (None: nobody); the funnel decides who, and keeps the history."""
    Lead.objects.filter(pk=lead_id).update(owner=owner)
