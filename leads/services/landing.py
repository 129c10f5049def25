"""Landing-page forms as marketing sets them up."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..errors import NotAllowed
from ..models import ConsentText, Form

EDITORS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})


def may_edit(actor: User | None) -> bool:
    """Whether somebody may change forms and campaigns; None is the system itself."""
    return actor is None or (actor.is_active and actor.role in EDITORS)


@transaction.atomic
def save_form(*, form: Form, actor: User | None, at: datetime, seen: int | None = None) -> Form:
    """Store a new or changed form; another consent text becomes another version. ``seen``: number of
    the newest change that was shown. Raises NotAllowed, Overtaken.

    The old text stays readable under its version, because leads have agreed to exactly that one.
    """
    if not may_edit(actor):
        raise NotAllowed(_("Only marketing, managers and administrators set up forms."))
    is_new = form._state.adding
    before = None if is_new else Form.objects.select_for_update().get(pk=form.pk)
    if before is None:
        form.created_at = at
        form.consent_version = "1" if form.consent_text else ""
    else:
        refuse_overtaken(form, seen=seen)
        form.created_at = before.created_at
        form.consent_version = before.consent_version
        if before.consent_text:
            _keep(before, before.consent_version or "1", at=before.created_at, actor=None)
            form.consent_version = before.consent_version or "1"
        if form.consent_text and form.consent_text != before.consent_text:
            form.consent_version = _next_version(form)
    if is_new:
        form.save()
        record_created(form, actor=actor, at=at)
    else:
        with changing(form, actor=actor, at=at):
            form.save()
    if form.consent_text:
        _keep(form, form.consent_version, at=at, actor=actor)
    return form


def _keep(form: Form, version: str, *, at: datetime, actor: User | None) -> None:
    ConsentText.objects.get_or_create(
        form_id=form.pk,
        version=version,
        defaults={"text": form.consent_text, "since": at, "actor": actor},
    )


def _next_version(form: Form) -> str:
    """The next number; versions that somebody named differently (by the admin) are counted, too."""
    taken = set(form.consent_texts.values_list("version", flat=True))
    number = len(taken) + 1
    while str(number) in taken:
        number += 1
    return str(number)
