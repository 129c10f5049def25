"""What the intake works by: forms, live rules and personas, read once per process and edit.

All of it is editable, so it is good only while ``IntakeRevision.token`` stands. Storing a submission
asks that in passing (``IS_IN_FORCE``), so nothing is taken by what is out of date; whoever refuses one
asks first (``is_in_force``).
"""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from ..models import Form, IntakeRevision
from . import rule_sets
from .rule_sets import Live

IS_IN_FORCE = "(%s::uuid IS NULL OR EXISTS (SELECT FROM leads_intakerevision WHERE token = %s))"
"""Part of a statement that is only good by the setup of this token (twice; None: by any)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """``token`` None: read just now, and not kept. ``forms`` with their
    campaign, shared by threads: nobody may change them."""

    token: UUID | None
    live: Live = field(default_factory=Live)
    forms: dict[UUID, Form] = field(default_factory=dict)

    def form(self, form_id: UUID) -> Form:
        """Also a revoked one; raises ``Form.DoesNotExist``."""
        found = self.forms.get(form_id)
        if found is None:
            found = Form.objects.select_related("campaign").get(pk=form_id)
            self.forms[form_id] = found
        return found


_latest = Setup(uuid4())  # which never was in force


def setup_in_hand() -> Setup:
    """What this process read last, perhaps out of date."""
    return _latest


def current_setup() -> Setup:
    """The setup of now: one statement, three after an edit."""
    global _latest
    # The token is read first: at worst the content is newer than it says, never older.
    token = _token()
    if token is None:
        return Setup(None, rule_sets.live(personas=True))
    if _latest.token != token:
        _latest = Setup(token, rule_sets.live(personas=True))
    return _latest


def is_in_force(setup: Setup) -> bool:
    return setup.token == _token()


def _token() -> UUID | None:
    return IntakeRevision.objects.values_list("token", flat=True).first()
