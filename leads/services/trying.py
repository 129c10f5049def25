"""A form tried out: everything happens as for a visitor, and nothing of it stays.

A flag on test leads would have to be honoured by every number, clock, pool and mail there is and
will be; one forgotten place and a test wakes a rep or bends a rate. A transaction that is rolled
back cannot be forgotten: no lead, no score, no turn of a pool, no clock and no mail outlives it,
and mails leave only from committed rows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User

from ..enums import MEANINGFUL_KINDS, Dimension, SubmissionStatus
from ..errors import LeadsError, NotAllowed
from ..models import Form, Lead, Submission
from ..rules.fingerprint import fingerprint
from ..rules.posted import Draft, Errors, clean_values, read_draft
from ..rules.steps import Mark, Step
from ..rules.touches import read_touch
from ..selectors import explain, qualification
from ..signals import form_tried
from .intake import process_received, spec_of
from .landing import may_edit

MOST_RULES = 6


def try_form(
    *, form: Form, posted: Iterable[tuple[str, object]], actor: User | None, at: datetime
) -> list[Step]:
    """What would happen to these values, step by step; the database stays as it is. Raises NotAllowed."""
    if not may_edit(actor):
        raise NotAllowed(_("Only marketing, managers and administrators set up forms."))
    values, errors = clean_values(posted)
    draft, faults = read_draft(values, spec_of(form))
    if form.honeypot and values.get(form.honeypot):
        return [_quarantined()]
    if errors or faults:
        return [_refused({**faults, **errors})]
    submission = Submission(
        id=uuid4(),
        form=form,
        received_at=at,
        payload=values,
        touch=read_touch(values, form_page=form.landing_page, referer="", at=at),
        fingerprint=fingerprint(form.pk, values),
        status=SubmissionStatus.RECEIVED,
        attempts=1,
    )
    with transaction.atomic():
        steps = _walk(submission, draft, at)
        transaction.set_rollback(True)
    return steps


def _walk(submission: Submission, draft: Draft, at: datetime) -> list[Step]:
    known = _known_leads(draft)
    submission.save(force_insert=True)
    steps = [Step(_("Stored"), _("The values are right; the submission is kept whatever happens next."))]
    try:
        process_received(submission, draft, at)
    except Exception as error:
        text = _("It stays in the inbox and is tried again: %(why)s") % {
            "why": str(error) if isinstance(error, LeadsError) else f"{type(error).__name__}: {error}"
        }
        return [*steps, Step(_("Failed"), text, Mark.WRONG)]
    submission.refresh_from_db(fields=("lead",))
    lead = Lead.objects.select_related("company", "persona", "campaign").get(submissions=submission)
    steps += [_matched(lead, is_new=lead.pk not in known), _recorded(submission.form), _scored(lead, at)]
    for _receiver, told in form_tried.send(Lead, lead=lead, at=at):
        steps += cast(list[Step], told)
    return steps


def _known_leads(draft: Draft) -> set[int | None]:
    """Who has this address; when they were merged away, their survivor too."""
    found = Lead.objects.filter(email_key=draft.key).values_list("pk", "merged_into")
    return {pk for pair in found for pk in pair}


def _quarantined() -> Step:
    text = _("The hidden field was filled in: it would wait in quarantine until somebody lets it in.")
    return Step(_("Quarantined"), text, Mark.NOT_YET)


def _refused(errors: Errors) -> Step:
    lines = tuple(f"{name}: {' '.join(map(str, texts))}" for name, texts in errors.items())
    return Step(_("Refused"), _("The visitor is asked to correct this:"), Mark.WRONG, lines)


def _matched(lead: Lead, *, is_new: bool) -> Step:
    facts: list[tuple[str, object]] = [
        (_("Company"), lead.company),
        (_("Buyer persona"), lead.persona),
        (_("Source"), lead.source),
    ]
    facts += [(_("Campaign"), lead.campaign)]
    lines = tuple(f"{label}: {value}" for label, value in facts if value)
    if is_new:
        return Step(
            _("Matched"), _("Nobody had this address: a new lead, %(lead)s.") % {"lead": lead}, lines=lines
        )
    text = _("%(lead)s is known by this address: blanks are filled, nothing is overwritten.")
    return Step(_("Matched"), text % {"lead": lead}, lines=lines)


def _recorded(form: Form) -> Step:
    kind = form.get_activity_kind_display()
    what = f"{kind}: {form.asset}" if form.asset else kind
    if form.activity_kind in MEANINGFUL_KINDS:
        return Step(_("Recorded"), _("%(what)s, a meaningful interaction.") % {"what": what})
    text = _("%(what)s; by itself this engages nobody.") % {"what": what}
    return Step(_("Recorded"), text, Mark.NOT_YET)


def _scored(lead: Lead, at: datetime) -> Step:
    found = explain(lead, at)
    if found is None:
        return Step(_("Scored"), _("No scoring rules are live yet."), Mark.NOT_YET)
    labels = dict(Dimension.choices)
    best = sorted(found.lines, key=lambda line: -abs(line.counted))[:MOST_RULES]
    text = _("Fit %(fit)d, interest %(interest)d, intent %(intent)d: grade %(grade)s.") % {
        "fit": found.fit,
        "interest": found.interest,
        "intent": found.intent,
        "grade": found.grade,
    }
    lines = tuple(f"{line.counted:+d} {labels[Dimension(line.dimension)]}: {line.name}" for line in best)
    reached = {"mql": _("Enough for an MQL."), "target": _("Enough for a target.")}
    verdict = reached.get(qualification(lead), _("Not enough for a target yet."))
    return Step(_("Scored"), f"{text} {verdict}", lines=lines)
