"""From a posted form to a scored lead. The submission is stored first; nothing after can lose it."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import psycopg2.errors
from django.db import Error as DatabaseFault
from django.db import connection, transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import MEANINGFUL_KINDS, ActivitySource, ScoreCause, SubmissionStatus
from ..errors import InvalidValues, LeadsError, NotAllowed
from ..models import Activity, Company, Form, Lead, Submission
from ..rules.bots import is_posting_bot
from ..rules.fingerprint import fingerprint
from ..rules.posted import Draft, Errors, FormSpec, clean_values, read_draft
from ..rules.scoring import Event, Scores
from ..rules.touches import page_of, read_touch, source_of
from ..selectors import rule_sets
from ..selectors.arrivals import Arrival, Row, arrival, arrival_of
from ..selectors.forms import Setup, current_setup, setup_in_hand
from ..selectors.prepared import one_transaction
from ..selectors.rule_sets import Live
from .inbox import TAKEN_OVER, Receipt, SetupChanged, reach_disk, refuse_flood, store
from .matching import fill_company, match_company, match_lead, needs_company, private_company
from .newcomers import Newcomer, score_newcomer, tell_of, write_newcomer
from .scoring import score_lead
from .statements import fresh, relate

logger = logging.getLogger(__name__)

OVERTAKEN = (psycopg2.IntegrityError, psycopg2.errors.DeadlockDetected)
"""What the driver says to somebody who met a faster one: a newcomer's pool is locked before its rows
are written, elsewhere it comes last, so two can wait for each other."""
OPEN = (SubmissionStatus.RECEIVED, SubmissionStatus.FAILED)
KEPT_OUT = (SubmissionStatus.QUARANTINED, SubmissionStatus.REJECTED)
RELEASERS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)


FINISH = """
UPDATE leads_submission
SET status = 'processed', lead_id = %s, steps = %s, error = '', next_attempt_at = NULL, processed_at = %s
WHERE id = %s AND status IN ('received', 'failed')
"""


class AlreadyProcessed(Exception):
    """Somebody else finished this submission first; what was done meanwhile is rolled back."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came beside the values: whence, by which program, under which key."""

    referer: str = ""
    remote_address: str | None = None
    user_agent: str = ""
    idempotency_key: str | None = None


def receive(
    *,
    form: Form,
    posted: Iterable[tuple[str, object]],
    visit: Visit,
    at: datetime,
    setup: Setup | None = None,
) -> Receipt:
    """Take one submission: refuse a flood, check the values, store and commit, then process.

    ``setup``: what the form was read with; raises SetupChanged, and nothing has happened, when it is
    no longer in force. Without, the form is taken as it is given.

    Raises TooMany, InvalidValues, KeyReused, StillRunning, and the database's own errors while it
    cannot be known that the submission would survive a crash. Once it is stored, the answer is a
    receipt whatever happens to the lead: a failure in processing rolls back the lead, keeps the
    submission with the error, and is retried. Values in the honeypot field get the same receipt;
    their submission waits in quarantine.
    """
    refuse_flood(form=form, address=visit.remote_address, at=at)
    values, errors = clean_values(posted)
    trapped = bool(form.honeypot and values.get(form.honeypot))
    draft, faults = read_draft(values, spec_of(form))
    if (errors or faults) and not trapped:
        raise InvalidValues(_texts({**faults, **errors}))
    submission = _submission(form, values, visit, at, is_trapped=trapped)
    receipt, asked, live = _store(submission, draft, setup)
    if receipt.replayed or trapped or not _attempt(submission, draft, at, asked, live):
        reach_disk()  # else the end of processing has waited for it
    return receipt


def _submission(
    form: Form, values: dict[str, str], visit: Visit, at: datetime, *, is_trapped: bool
) -> Submission:
    submission = fresh(
        Submission,
        id=uuid4(),
        form_id=form.pk,
        received_at=at,
        payload=values,
        touch=read_touch(values, form_page=form.landing_page, referer=visit.referer, at=at),
        remote_address=visit.remote_address,
        user_agent=visit.user_agent[:400],
        idempotency_key=visit.idempotency_key,
        fingerprint=fingerprint(form.pk, values),
        status=SubmissionStatus.QUARANTINED if is_trapped else SubmissionStatus.RECEIVED,
        attempts=0 if is_trapped else 1,
        next_attempt_at=None if is_trapped else at + TAKEN_OVER,
    )
    relate(submission, form=form)
    return submission


def _store(submission: Submission, draft: Draft, setup: Setup | None) -> tuple[Receipt, Row, Live]:
    """The receipt, what is known of the visitor, and the rules of now."""
    known = setup or setup_in_hand()
    try:
        stored = store(submission, email_key=draft.key, domain=draft.company_domain, setup=known)
    except SetupChanged:
        if setup is not None:
            raise
        known = replace(current_setup(), token=None)
        stored = store(submission, email_key=draft.key, domain=draft.company_domain, setup=known)
    return *stored, known.live


def process_submission(*, submission_id: UUID, at: datetime) -> bool:
    """Make the lead of a stored submission; whether this call did it. Never raises for its content.

    In one transaction: company by domain, lead by normalised address (blanks filled only),
    activity, scores (which tells the rooms above), the submission's end. On any failure all of it
    is rolled back, and the submission is marked failed, with the error and the next attempt.
    """
    submission = Submission.objects.select_related("form__campaign").get(pk=submission_id)
    if submission.status not in OPEN:
        return False
    draft, faults = read_draft(submission.payload, spec_of(submission.form))
    if faults:
        _fail(submission, InvalidValues(_texts(faults)), at)
        return False
    return _attempt(submission, draft, at)


@transaction.atomic
def claim_due(*, at: datetime, limit: int) -> list[UUID]:
    """Take submissions whose next attempt is due (failed ones, and those whose process died),
    one worker each; they come back after the lease if this one dies too."""
    due = Submission.objects.filter(next_attempt_at__lte=at).order_by("next_attempt_at")
    claimed = list(due.select_for_update(skip_locked=True, of=("self",))[:limit])
    for submission in claimed:
        submission.attempts += 1
        submission.next_attempt_at = at + LEASE
    Submission.objects.bulk_update(claimed, ["attempts", "next_attempt_at"])
    return [submission.pk for submission in claimed]


def retry_submissions(*, at: datetime, limit: int = 100) -> int:
    """Process what is due again; how many succeeded. One that fails does not stop the others."""
    return sum(process_submission(submission_id=pk, at=at) for pk in claim_due(at=at, limit=limit))


def release_submission(*, submission_id: UUID, actor: User, at: datetime) -> bool:
    """Let a quarantined or rejected submission in after all; whether it became a lead now.

    Raises NotAllowed.
    """
    if actor.role not in RELEASERS:
        raise NotAllowed(_("Only marketing, managers and administrators release submissions."))
    released = Submission.objects.filter(pk=submission_id, status__in=KEPT_OUT)
    open_again = {"rejected_by": None, "rejected_at": None, "next_attempt_at": at + TAKEN_OVER}
    if not released.update(status=SubmissionStatus.RECEIVED, attempts=1, **open_again):
        return False
    return process_submission(submission_id=submission_id, at=at)


def spec_of(form: Form) -> FormSpec:
    return FormSpec(
        mapping=form.mapping,
        custom_fields=tuple(form.custom_fields),
        required_fields=tuple(form.required_fields),
        consent_required=form.consent_required,
    )


def _attempt(
    submission: Submission,
    draft: Draft,
    at: datetime,
    asked: Row | None = None,
    live: Live | None = None,
) -> bool:
    try:
        process_received(submission, draft, at, asked, live)
    except AlreadyProcessed:
        return False
    except Exception as error:
        # Whatever it is, the visitor did their part and the submission is safe.
        logger.exception("Submission %s failed", submission.pk)
        _fail(submission, error, at)
        return False
    return True


def _fail(submission: Submission, error: Exception, at: datetime) -> None:
    """Keep why, and when to try again: after 1, 2, 4… minutes, at most 6 hours."""
    wait = min(FIRST_RETRY * 2 ** min(submission.attempts - 1, 12), LONGEST_RETRY)
    said = str(error) if isinstance(error, LeadsError) else f"{type(error).__name__}: {error}"
    text = said.replace("\x00", "")[:2000]
    try:
        Submission.objects.filter(pk=submission.pk, status__in=OPEN).update(
            status=SubmissionStatus.FAILED, error=text, next_attempt_at=at + wait
        )
    except DatabaseFault:
        # The stored deadline (`next_attempt_at`) brings it back without this note.
        logger.exception("Submission %s could not be marked failed", submission.pk)


def process_received(
    submission: Submission,
    draft: Draft,
    at: datetime,
    asked: Row | None = None,
    live: Live | None = None,
) -> None:
    """The lead of a stored submission, in a transaction of its own; raises whatever goes wrong.

    ``asked``: what storing brought back; ``live``: the rules of now. Both are read if not given. A
    newcomer's rows of all rooms are one message to the database (two of an MQL), somebody known costs
    a few more.
    """
    is_person = not is_posting_bot(submission.user_agent)
    meaningful = submission.form.activity_kind in MEANINGFUL_KINDS and is_person
    found = arrival_of(asked) if asked else arrival(email_key=draft.key, domain=draft.company_domain)
    if not found.is_known:
        try:
            with one_transaction():
                _welcome(submission, draft, found, live or rule_sets.live(personas=True), meaningful, at)
            return
        except DatabaseFault as error:
            if not isinstance(error.__cause__, OVERTAKEN):
                raise
            # A parallel post made this lead or company a moment ago, or somebody changed a policy: all
            # is undone, and done again the long way.
            logger.info("Submission %s: somebody was faster (%s)", submission.pk, error)
    with transaction.atomic():
        _meet(submission, draft, meaningful, at)


def _welcome(
    submission: Submission, draft: Draft, found: Arrival, live: Live, meaningful: bool, at: datetime
) -> None:
    """Make a lead of somebody new."""
    received, company, facts = submission.received_at, found.company, _company_facts(draft)
    if company is not None:
        fill_company(company=company, facts=facts, at=received)
    elif draft.company_domain or needs_company(facts):
        company = fresh(Company, domain=draft.company_domain or None, created_at=received, **facts)
    lead = _draft_lead(submission, draft, company, meaningful)
    newcomer = Newcomer(lead, _activity(submission, draft, None, at), submission)
    scores, change = score_newcomer(newcomer, live, at)
    steps = _steps(newcomer.activity, scores, company=company, created=True)
    write_newcomer(newcomer, found, change, steps, at)
    tell_of(newcomer, scores, live, at)


def _meet(submission: Submission, draft: Draft, meaningful: bool, at: datetime) -> None:
    """Find the lead, or make it, whatever parallel posts do meanwhile."""
    company, lead, created = _match(submission, draft, meaningful)
    activity = _activity(submission, draft, lead, at)
    activity.save(force_insert=True)
    events = [Event(activity.kind, activity.asset, activity.occurred_at, activity.pk)]
    scores = score_lead(
        lead=lead,
        at=at,
        cause=ScoreCause.CREATED if created else ScoreCause.ACTIVITY,
        actor=None,
        created=created,
        events=(events if activity.is_scored else []) if created else None,
        columns={"company_id": company.pk} if company and not draft.company_domain else None,
    )
    _finish(submission, lead, _steps(activity, scores, company=company, created=created), at)


def _activity(submission: Submission, draft: Draft, lead: Lead | None, at: datetime) -> Activity:
    form = submission.form
    return fresh(
        Activity,
        lead_id=lead and lead.pk,
        kind=form.activity_kind,
        asset=form.asset,
        occurred_at=submission.received_at,
        recorded_at=at,
        source=ActivitySource.FORM,
        submission_id=submission.pk,
        note=draft.message,
        data=_details(submission, draft),
        is_scored=not is_posting_bot(submission.user_agent),
    )


def _steps(activity: Activity, scores: Scores, *, company: Company | None, created: bool) -> str:
    """What the inbox shows of how it went, as JSON."""
    return json.dumps(
        [
            "stored",
            "company" if company else "no company",
            "lead created" if created else "lead matched",
            f"activity {activity.kind}",
            f"scored {scores.fit}/{scores.interest}/{scores.intent}",
        ]
    )


def _company_facts(draft: Draft) -> dict[str, Any]:
    return {**draft.company, "name": draft.lead["company_name"]}


def _match(submission: Submission, draft: Draft, meaningful: bool) -> tuple[Company | None, Lead, bool]:
    facts = _company_facts(draft)
    at, company = submission.received_at, None
    if draft.company_domain:
        company = match_company(domain=draft.company_domain, facts=facts, at=at)
    lead, created = match_lead(draft=_draft_lead(submission, draft, company, meaningful))
    if company is None:
        company = private_company(lead=lead, facts=facts, at=at)
        lead.company = company
    elif lead.company_id == company.pk:
        lead.company = company
    return company, lead, created


def _draft_lead(submission: Submission, draft: Draft, company: Company | None, meaningful: bool) -> Lead:
    form, touch, at = submission.form, submission.touch, submission.received_at
    # The campaign is read only where it decides.
    campaign = None if touch.get("utm_source") else form.campaign
    source = source_of(touch, campaign_source=campaign.source if campaign else "")
    lead = fresh(
        Lead,
        email=draft.email,
        email_key=draft.key,
        **draft.lead,
        custom=draft.custom,
        company_id=company and company.pk,
        source=source,
        landing_page=page_of(touch.get("landing_page", "")),
        campaign_id=form.campaign_id,
        first_touch=touch,
        last_touch=touch,
        consent_at=at if draft.consent else None,
        consent_version=form.consent_version if draft.consent else "",
        engaged_at=at if meaningful else None,
        last_meaningful_at=at if meaningful else None,
        created_at=at,
        updated_at=at,
    )
    if company is not None:
        relate(lead, company=company)
    return lead


def _details(submission: Submission, draft: Draft) -> dict[str, Any]:
    """What the timeline shows of a submission; consent is a fact of this moment, so it stays here."""
    form = submission.form
    details: dict[str, Any] = {"form": form.name, "touch": submission.touch}
    if draft.consent:
        details["consent"] = form.consent_version
    return details


def _finish(submission: Submission, lead: Lead, steps: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [lead.pk, steps, at, submission.pk])
        if cursor.rowcount == 0:
            raise AlreadyProcessed


def _texts(errors: Errors) -> dict[str, list[str]]:
    return {name: [str(text) for text in texts] for name, texts in errors.items()}
