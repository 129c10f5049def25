"""Carrying an import out: each row by itself, a few in one transaction, resumable from its place.

A row that fails takes only itself back. Nobody is handed to sales by an import unless it says so:
five thousand old names would bury the leads that wait for a call.
"""

import logging
from collections import Counter
from datetime import datetime
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.urls import reverse

from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message as _

from ..enums import IMPORTABLE, ActivityKind, ActivitySource, ImportOutcome, ImportStatus, ScoreCause
from ..models import Activity, Company, Import, ImportRow, Lead
from ..rules.importing import Fault, Spec
from ..selectors.imports import spec_of
from .import_checking import advance, claim, next_rows
from .import_plans import Plan, company_facts, lead_values, plain, plan_rows, store_plans
from .imports import moment_of
from .matching import COMPANY_FACTS, fill_company, match_company, needs_company
from .notifications import Note, notify
from .scoring import score_lead

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 20
"""Rows of one transaction: so many leads are locked together, for a moment."""


@transaction.atomic
def run_some(*, import_id: int, at: datetime, rows: int = ROWS_AT_ONCE) -> bool:
    """Carry out the next ``rows`` rows; whether there may be more to do. False also when another
    process has it. At the end whoever asked for it is told."""
    imported = claim(import_id, ImportStatus.RUNNING)
    if imported is None or imported.actor is None:
        return False
    found = next_rows(imported, rows)
    _carry_out(imported, imported.actor, found, at)
    advance(imported, found, "results", Counter(str(row.outcome) for row in found))
    if len(found) < rows:
        imported.status, imported.finished_at = ImportStatus.DONE, at
        told = Note(
            imported.actor.pk,
            NotificationKind.IMPORTED,
            key=f"import:{imported.pk}",
            name=imported.file_name,
            url=reverse("leads:import", args=[imported.pk]),
        )
        notify([told], at=at)
    imported.save(update_fields=("last_number", "done", "results", "status", "finished_at"))
    return len(found) == rows


def _carry_out(imported: Import, actor: User, rows: list[ImportRow], at: datetime) -> None:
    """Plan the good rows anew, by the leads there are now, and do them one by one."""
    good = [row for row in rows if row.outcome in IMPORTABLE]
    spec = spec_of(imported)
    plans = plan_rows(imported=imported, spec=spec, rows=good, actor=actor, lock=True)
    for plan in plans:
        _apply(imported, actor, spec, plan, at)
    store_plans(plans)


def _apply(imported: Import, actor: User, spec: Spec, plan: Plan, at: datetime) -> None:
    try:
        with transaction.atomic():
            _write(imported, actor, plan, at)
    except IntegrityError:
        _apply_again(imported, actor, spec, plan, at)
    except (OperationalError, InterfaceError):
        raise  # the database is away, or two of us met: the next turn goes on from here
    except Exception:
        _fail(imported, plan)
        _see_company(plan)


def _apply_again(imported: Import, actor: User, spec: Spec, plan: Plan, at: datetime) -> None:
    """A landing page has just made the same lead or company: now it is known."""
    again = plan_rows(imported=imported, spec=spec, rows=[plan.row], actor=actor, lock=True)[0]
    plan.read = again.read
    try:
        with transaction.atomic():
            _write(imported, actor, again, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _fail(imported, plan)
    _see_company(plan)


def _see_company(plan: Plan) -> None:
    """As it is stored: colleagues of the same batch share the object, and what a row that was taken
    back had filled in it is not there."""
    if plan.company is not None:
        plan.company.refresh_from_db(fields=COMPANY_FACTS)


def _fail(imported: Import, plan: Plan) -> None:
    logger.exception("Row %s of import %s could not be carried out", plan.row.number, imported.pk)
    plan.row.outcome, plan.row.lead, plan.row.applied_at = ImportOutcome.FAILED, None, None
    plan.read.faults.append(Fault("", "", _("This could not be recorded; it is in our log.")))


def _write(imported: Import, actor: User, plan: Plan, at: datetime) -> None:
    row = plan.row
    row.outcome, row.lead, row.filled = plan.outcome, plan.lead, {}
    if plan.outcome == ImportOutcome.NEW:
        row.lead = _make(imported, actor, plan, at)
    elif plan.lead is not None:
        _meet(imported, actor, plan, plan.lead, at)
    if plan.outcome in IMPORTABLE:
        row.applied_at = at


def _make(imported: Import, actor: User, plan: Plan, at: datetime) -> Lead:
    happened = moment_of(imported, at) if imported.activity_kind else None
    values = lead_values(plan.read)
    lead = Lead(
        email_key=plan.read.draft.key or None,
        custom=plan.read.draft.custom,
        engaged_at=happened,
        last_meaningful_at=happened,
        created_at=at,
        updated_at=at,
        **values,
    )
    lead.company = _company(plan, at)
    lead.save(force_insert=True)
    _note(imported, actor, plan, lead, {"created": True}, at)
    _did(imported, actor, plan, lead, at)
    score_lead(
        lead=lead, at=at, cause=ScoreCause.CREATED, actor=actor, created=True, hand_off=imported.hand_off
    )
    return lead


def _company(plan: Plan, at: datetime) -> Company | None:
    """By domain, made when new; without a domain only when there is more than a name."""
    facts, domain = company_facts(plan.read), plan.read.draft.company_domain
    if plan.company is not None:
        # Not what was planned: a colleague's row may have filled it just now.
        written = fill_company(company=plan.company, facts=facts, at=at)
        plan.row.filled |= {"company_id": plan.company.pk, "company": plain(written)}
        return plan.company
    if not domain and not needs_company(facts):
        return None
    if domain:
        company = match_company(domain=domain, facts=facts, at=at)
    else:
        company = Company.objects.create(created_at=at, **facts)
    plan.row.filled |= {"company_id": company.pk, "company_made": company.created_at == at}
    return company


def _meet(imported: Import, actor: User, plan: Plan, lead: Lead, at: datetime) -> None:
    """Fill the blanks of a known, locked lead; say what they did, once for each lead and event."""
    did = _did(imported, actor, plan, lead, at)
    if plan.fills:
        _fill(plan, lead, at)
        news = {name: ["", value] for name, value in plan.row.filled["lead"].items()}
        news |= {f"custom.{name}": ["", value] for name, value in plan.custom.items()}
        facts = plan.row.filled.get("company", {})
        news |= {f"company.{name}": ["", value] for name, value in facts.items()}
        _note(imported, actor, plan, lead, {"changed": news}, at)
    if did or plan.fills:
        cause = ScoreCause.EDITED if plan.fills else ScoreCause.ACTIVITY
        score_lead(lead=lead, at=at, cause=cause, actor=actor, hand_off=imported.hand_off)


def _fill(plan: Plan, lead: Lead, at: datetime) -> None:
    written = dict(plan.blanks)
    plan.row.filled |= {"lead": written, "custom": plan.custom}
    changed = ["updated_at", "custom"]
    if "email" in plan.blanks and plan.row.email_key:
        plan.row.filled["email_key_before"] = lead.email_key
        lead.email_key = plan.row.email_key
        changed.append("email_key")
    company = _company(plan, at) if plan.company is not None or plan.gives_company else None
    if company is not None and lead.company_id is None:
        lead.company = company
        written["company_id"] = company.pk
        changed.append("company")
    for name, value in plan.blanks.items():
        setattr(lead, name, value)
        changed.append(name.removesuffix("_id") if name == "campaign_id" else name)
    lead.custom = {**plan.custom, **lead.custom}
    lead.updated_at = at
    lead.save(update_fields=changed)


def _did(imported: Import, actor: User, plan: Plan, lead: Lead, at: datetime) -> bool:
    """Record what the import says its people did; the same event of the same day only once a lead."""
    if not imported.activity_kind:
        return False
    happened = moment_of(imported, at)
    name = f"import:{imported.activity_kind}:{imported.asset[:100]}:{happened:%Y-%m-%d}:{lead.pk}"
    if Activity.objects.filter(external_id=name).exists():
        return False
    activity = Activity.objects.create(
        lead=lead,
        kind=imported.activity_kind,
        asset=imported.asset,
        occurred_at=happened,
        recorded_at=at,
        source=ActivitySource.IMPORT,
        external_id=name,
        data={"import": imported.pk},
    )
    plan.row.filled["activity"] = activity.pk
    first, last = lead.engaged_at or happened, lead.last_meaningful_at or happened
    engaged_at, last_at = min(first, happened), max(last, happened)
    if (engaged_at, last_at) != (lead.engaged_at, lead.last_meaningful_at):
        lead.engaged_at, lead.last_meaningful_at = engaged_at, last_at
        lead.save(update_fields=("engaged_at", "last_meaningful_at"))
    return True


def _note(imported: Import, actor: User, plan: Plan, lead: Lead, said: dict[str, Any], at: datetime) -> None:
    """The line of the timeline that tells where the lead comes from; it counts for no score."""
    Activity.objects.create(
        lead=lead,
        kind=ActivityKind.IMPORT,
        asset=imported.file_name,
        occurred_at=at,
        recorded_at=at,
        source=ActivitySource.IMPORT,
        actor=actor,
        note=plan.read.draft.message,
        data={"import": imported.pk, "line": plan.row.number, **said},
        is_scored=False,
    )
