"""Taking an import back: what nobody has touched since goes, and only that.

A new lead is removed unless it did something, was edited, moved, owned or merged after its row was
carried out. Of a known one, what the import wrote into blanks is emptied where it still says the
same. Stages stay: scores never move a journey back. What is kept is listed with the reason.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _

from ..enums import (
    MEANINGFUL_KINDS,
    ActivityKind,
    ActivitySource,
    ImportOutcome,
    ImportStatus,
    ImportUndone,
    ScoreCause,
)
from ..models import Activity, Company, Import, ImportRow, Lead, Merge
from ..rules.importing import label_of
from ..signals import leads_worked_on
from .import_checking import advance, claim
from .matching import rescore_colleagues
from .scoring import score_lead

ROWS_AT_ONCE = 50
CHANGING = (ImportOutcome.NEW, ImportOutcome.FILLED, ImportOutcome.KNOWN)

STORE = """
UPDATE leads_importrow AS kept SET undone = new.undone, why_kept = new.why::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new(id, undone, why) WHERE kept.id = new.id
"""


@transaction.atomic
def undo_some(*, import_id: int, at: datetime, rows: int = ROWS_AT_ONCE) -> bool:
    """Take the next ``rows`` carried-out rows back; whether there may be more. Resumable like the run."""
    imported = claim(import_id, ImportStatus.UNDOING)
    if imported is None:
        return False
    applied = ImportRow.objects.filter(imported=imported, applied_at__isnull=False)
    found = list(applied.filter(number__gt=imported.last_number).order_by("number")[:rows])
    _undo(imported, found, at)
    with connection.cursor() as cursor:
        columns = zip(*((row.pk, str(row.undone), json.dumps(row.why_kept)) for row in found), strict=True)
        cursor.execute(STORE, [list(column) for column in columns] or [[], [], []])
    counts = Counter(str(row.undone) for row in found if row.undone)
    advance(imported, found, "undone", counts)
    if len(found) < rows:
        imported.status, imported.undone_at, imported.done = ImportStatus.UNDONE, at, imported.total
    imported.save(update_fields=("last_number", "done", "undone", "status", "undone_at"))
    return len(found) == rows


def _undo(imported: Import, rows: Sequence[ImportRow], at: datetime) -> None:
    ids = {row.lead_id for row in rows if row.lead_id is not None}
    locked = Lead.objects.select_for_update(of=("self",)).select_related("company").filter(pk__in=ids)
    leads = {lead.pk: lead for lead in locked.order_by("pk")}
    made = [row for row in rows if row.outcome == ImportOutcome.NEW and row.lead_id in leads]
    why = _reasons_to_keep(imported, made, leads)
    for row in made:
        row.why_kept = why[row.number].kept if row.number in why else ""
        row.undone = ImportUndone.KEPT if row.why_kept else ImportUndone.REMOVED
    _remove([row for row in made if not row.why_kept], leads, at)
    for row in rows:
        if row.outcome in (ImportOutcome.FILLED, ImportOutcome.KNOWN) and row.filled and row.lead_id in leads:
            _empty(imported, row, leads[row.lead_id], at)


def _reasons_to_keep(
    imported: Import, rows: Sequence[ImportRow], leads: dict[int, Lead]
) -> dict[int, Message]:
    """By number of the row: why its new lead has to stay."""
    since = {row.lead_id: row.applied_at for row in rows if row.lead_id and row.applied_at}
    if not since:
        return {}
    busy = _with_activity(imported, since)
    merged = set(Merge.objects.filter(survivor__in=since).values_list("survivor", flat=True))
    worked: set[int] = set()
    for _receiver, answer in leads_worked_on.send(Lead, since=since):
        worked |= answer if isinstance(answer, set) else set()
    found: dict[int, Message] = {}
    for row in rows:
        lead = leads[row.lead_id] if row.lead_id else None
        if lead is None or row.applied_at is None:
            continue
        if lead.merged_into_id is not None or lead.pk in merged:
            found[row.number] = _("It was merged with another lead.")
        elif lead.owner_id is not None:
            found[row.number] = _("It belongs to somebody by now.")
        elif lead.pk in worked:
            found[row.number] = _("It has been moved since.")
        elif lead.pk in busy:
            found[row.number] = _("It has done something since, or something was noted.")
        elif lead.updated_at > row.applied_at:
            found[row.number] = _("It was changed since.")
    return found


def _with_activity(imported: Import, since: dict[int, datetime]) -> set[int]:
    """Leads with anything on their timeline that this import did not write."""
    rows = Activity.objects.filter(lead__in=since).exclude(
        source=ActivitySource.IMPORT, data__import=imported.pk
    )
    return set(rows.values_list("lead", flat=True))


def _remove(rows: Sequence[ImportRow], leads: dict[int, Lead], at: datetime) -> None:
    """The leads of these rows with all that hangs on them, what they told of companies that were known,
    and companies that only they had."""
    gone = [row.lead_id for row in rows if row.lead_id is not None]
    if not gone:
        return
    Lead.objects.filter(pk__in=gone).delete()
    for pk in gone:
        leads.pop(pk, None)
    for row in rows:
        if row.lead_id is not None:
            _empty_company(row, at)
    made = {row.filled["company_id"] for row in rows if row.filled.get("company_made")}
    Company.objects.filter(pk__in=made, leads=None).delete()


def _empty(imported: Import, row: ImportRow, lead: Lead, at: datetime) -> None:
    """What the row wrote, where it still stands; the event that it told of."""
    emptied, kept = _empty_lead(row, lead, at)
    facts, kept_facts = _empty_company(row, at)
    went = _forget_event(row, lead)
    if lead.merged_into_id is None and (emptied or facts or went):
        if emptied or facts:
            _note(imported, lead, {**emptied, **facts}, at)
        if lead.company_id is not None:  # as it is now: this row or a colleague's may have emptied it
            lead.company = Company.objects.get(pk=lead.company_id)
        score_lead(lead=lead, at=at, cause=ScoreCause.EDITED, hand_off=False)
    left = [*kept, *kept_facts]
    row.undone = ImportUndone.KEPT if left else ImportUndone.EMPTIED
    names = [label_of(name) for name in left]
    row.why_kept = (_("Changed since: %(names)s") % {"names": names}).kept if left else ""


def _empty_lead(row: ImportRow, lead: Lead, at: datetime) -> tuple[dict[str, list[Any]], list[str]]:
    """What was emptied, as a note tells it, and the names of what differs by now."""
    emptied: dict[str, list[Any]] = {}
    kept: list[str] = []
    for name, value in row.filled.get("lead", {}).items():
        if getattr(lead, name) != value:
            kept.append(name)
            continue
        emptied[name] = [value, ""]
        setattr(lead, name, None if Lead._meta.get_field(name).null else "")
    if "email" in emptied:
        lead.email_key = row.filled.get("email_key_before")
    for name, value in row.filled.get("custom", {}).items():
        if (lead.custom or {}).get(name) == value:
            del lead.custom[name]
            emptied[f"custom.{name}"] = [value, ""]
        else:
            kept.append(name)
    if emptied:
        lead.updated_at = at
        columns = [name for name in emptied if not name.startswith("custom.")]
        lead.save(update_fields=[*columns, "email_key", "custom", "updated_at"])
    return emptied, kept


def _empty_company(row: ImportRow, at: datetime) -> tuple[dict[str, list[Any]], list[str]]:
    facts = row.filled.get("company", {})
    company = Company.objects.select_for_update().filter(pk=row.filled.get("company_id")).first()
    emptied: dict[str, list[Any]] = {}
    kept: list[str] = []
    if company is None:
        return emptied, kept
    for name, value in facts.items():
        if str(getattr(company, name)) != str(value):
            kept.append(f"company.{name}")
            continue
        emptied[f"company.{name}"] = [value, ""]
        setattr(company, name, None if Company._meta.get_field(name).null else "")
    if emptied:
        company.save(update_fields=[name.removeprefix("company.") for name in emptied])
        rescore_colleagues(company=company, besides=None, at=at)
    if row.filled.get("company_made") and not company.leads.exists():
        company.delete()
    return emptied, kept


def _forget_event(row: ImportRow, lead: Lead) -> bool:
    """Remove what the import said that the lead did; its first and last signs of life are reckoned anew."""
    gone, _by_model = Activity.objects.filter(pk=row.filled.get("activity"), lead=lead).delete()
    if not gone:
        return False
    meant: Collection[str] = sorted(MEANINGFUL_KINDS)
    rows = Activity.objects.filter(lead=lead, is_scored=True, kind__in=meant).order_by("occurred_at")
    moments = list(rows.values_list("occurred_at", flat=True))
    lead.engaged_at = moments[0] if moments else None
    lead.last_meaningful_at = moments[-1] if moments else None
    lead.save(update_fields=("engaged_at", "last_meaningful_at"))
    return True


def _note(imported: Import, lead: Lead, changed: dict[str, list[Any]], at: datetime) -> None:
    Activity.objects.create(
        lead=lead,
        kind=ActivityKind.IMPORT,
        asset=imported.file_name,
        occurred_at=at,
        recorded_at=at,
        source=ActivitySource.IMPORT,
        data={"import": imported.pk, "undone": True, "changed": changed},
        is_scored=False,
    )
