"""What rows of an import do to the leads there are now: the same answer for the check and the run.

A row is known by its external id when it says one, else by its e-mail address, else by its phone
number, as a landing page's visitor is. A known lead has its blanks filled and nothing changed.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message, recalled
from smarketing.accounts.rules.messages import Message as _

from ..enums import IMPORTABLE, ImportOutcome
from ..models import Company, Import, ImportRow, Lead
from ..models.lead import LeadQuerySet
from ..rules.importing import Fault, Read, Spec, read_row
from ..selectors import leads_visible_to
from .matching import COMPANY_FACTS, FILLED_TEXT, needs_company

logger = logging.getLogger(__name__)

FILLABLE = (*(name for name in FILLED_TEXT if not name.startswith("consent")), "campaign_id", "external_id")


@dataclass(slots=True)
class Plan:
    """``blanks``: what would be written into the known ``lead``; ``company_blanks`` into its company."""

    row: ImportRow
    read: Read
    outcome: str = ImportOutcome.NEW
    lead: Lead | None = None
    blanks: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    company: Company | None = None
    company_blanks: dict[str, Any] = field(default_factory=dict)

    @property
    def fills(self) -> bool:
        return bool(self.blanks or self.custom or self.company_blanks or self.gives_company)

    @property
    def gives_company(self) -> bool:
        """The known lead has no company yet, and the row tells of one."""
        if self.lead is None or self.lead.company_id is not None:
            return False
        domain = self.read.draft.company_domain
        return self.company is not None or bool(domain) or needs_company(company_facts(self.read))


def plan_rows(
    *, imported: Import, spec: Spec, rows: Sequence[ImportRow], actor: User, lock: bool
) -> list[Plan]:
    """With ``lock`` the known leads are locked until the transaction ends."""
    plans = [Plan(row, _read(row, spec)) for row in rows]
    for plan in plans:
        plan.row.email_key, plan.row.external_id = plan.read.draft.key, plan.read.external_id
    known = _Known(plans, actor, lock)
    earlier = _earlier_numbers(imported, plans)
    for plan in plans:
        _decide(plan, known, earlier)
    return plans


def _read(row: ImportRow, spec: Spec) -> Read:
    if row.fault:
        return Read(faults=[Fault("", ", ".join(row.cells)[:200], recalled(row.fault))])
    try:
        return read_row(row.cells, spec)
    except Exception:  # one row nobody thought of must not hold up all the others
        logger.exception("Row %s of import %s could not be read", row.number, row.imported_id)
        return Read(faults=[Fault("", "", _("This could not be recorded; it is in our log."))])


def _decide(plan: Plan, known: "_Known", earlier: dict[str, int]) -> None:
    if plan.read.faults:
        plan.outcome = ImportOutcome.FAILED
        return
    names = _names(plan)
    first = min((earlier[name] for name in names if name in earlier), default=plan.row.number)
    if first < plan.row.number:
        plan.outcome = ImportOutcome.REPEATED
        plan.read.faults.append(Fault("", "", _("Already in line %(line)d of this file.") % {"line": first}))
        return
    earlier.update(dict.fromkeys(names, plan.row.number))
    if why := known.meet(plan):
        plan.outcome = ImportOutcome.FAILED
        plan.read.faults.append(Fault("", plan.row.external_id or plan.row.email_key, why))
    elif plan.lead is not None:
        _find_blanks(plan)
        plan.outcome = ImportOutcome.FILLED if plan.fills else ImportOutcome.KNOWN


def _names(plan: Plan) -> list[str]:
    """What this row is known by, the two kinds told apart."""
    row = plan.row
    return [f"id:{row.external_id}"] * bool(row.external_id) + [f"key:{row.email_key}"] * bool(row.email_key)


def _earlier_numbers(imported: Import, plans: Sequence[Plan]) -> dict[str, int]:
    """The first good row with each name that stands before these rows."""
    if not plans:
        return {}
    before = ImportRow.objects.filter(
        imported=imported, number__lt=plans[0].row.number, outcome__in=sorted(IMPORTABLE)
    )
    keys = {plan.row.email_key for plan in plans} - {""}
    ids = {plan.row.external_id for plan in plans} - {""}
    found: dict[str, int] = {}
    for kind, column, wanted in (("key", "email_key", keys), ("id", "external_id", ids)):
        if wanted:
            rows = (
                before.filter(**{f"{column}__in": wanted}).order_by("-number").values_list(column, "number")
            )
            found |= {f"{kind}:{name}": number for name, number in rows}
    return found


class _Known:
    """Leads and companies that rows speak of, in a handful of queries."""

    def __init__(self, plans: Sequence[Plan], actor: User, lock: bool) -> None:
        self.lock = lock
        keys = {plan.row.email_key for plan in plans} - {""}
        ids = {plan.row.external_id for plan in plans} - {""}
        self.by_key = self._found({"email_key__in": keys}, "email_key") if keys else {}
        self.by_id = self._found({"external_id__in": ids}, "external_id") if ids else {}
        met = {lead.pk for lead in (*self.by_key.values(), *self.by_id.values())}
        visible = leads_visible_to(actor).filter(pk__in=met).values_list("pk", flat=True) if met else ()
        self.visible = set(visible)
        domains = {plan.read.draft.company_domain for plan in plans} - {""}
        found = Company.objects.filter(domain__in=domains) if domains else ()
        self.companies = {company.domain: company for company in found}
        self.by_pk = {company.pk: company for company in self.companies.values()}

    def _found(self, wanted: dict[str, Any], name: str) -> dict[str, Lead]:
        rows = self._leads().filter(**wanted).order_by("pk")
        return {getattr(lead, name): self._survivor(lead) for lead in rows}

    def _leads(self) -> LeadQuerySet:
        leads = Lead.objects.select_related("company")
        return leads.select_for_update(of=("self",)) if self.lock else leads

    def _survivor(self, lead: Lead) -> Lead:
        while lead.merged_into_id is not None:
            lead = self._leads().get(pk=lead.merged_into_id)
        return lead

    def meet(self, plan: Plan) -> Message | None:
        """Give the plan the lead it speaks of and its company; or why it cannot."""
        by_id = self.by_id.get(plan.row.external_id)
        by_key = self.by_key.get(plan.row.email_key)
        if by_id is not None and by_key is not None and by_id.pk != by_key.pk:
            return _("The external id is of one lead, the e-mail address or number of another.")
        plan.lead = by_id or by_key
        if plan.lead is not None and plan.lead.pk not in self.visible:
            plan.lead = None
            return _("This lead exists and belongs to somebody whose leads you do not see.")
        if by_id is None and by_key is not None and plan.row.external_id and by_key.external_id:
            return _("The lead with this address or number has another external id.")
        own = self._company_of(plan.lead) if plan.lead is not None else None
        plan.company = self.companies.get(plan.read.draft.company_domain) or own
        return None

    def _company_of(self, lead: Lead) -> Company | None:
        """One object for all colleagues: what a row fills in it is seen when the next is scored."""
        if lead.company is not None:
            lead.company = self.by_pk.setdefault(lead.company.pk, lead.company)
        return lead.company


def _find_blanks(plan: Plan) -> None:
    """What of the row is news about the known lead: only what is blank there."""
    assert plan.lead is not None
    values = lead_values(plan.read)
    plan.blanks = {
        name: values[name] for name in FILLABLE if values.get(name) and not getattr(plan.lead, name)
    }
    held = plan.lead.custom or {}
    plan.custom = {name: value for name, value in plan.read.draft.custom.items() if name not in held}
    if plan.company is not None:
        facts = company_facts(plan.read)
        plan.company_blanks = {
            name: value
            for name, value in facts.items()
            if value and getattr(plan.company, name) in ("", None)
        }


def lead_values(read: Read) -> dict[str, Any]:
    """A row's facts by column of the lead."""
    return {
        **read.draft.lead,
        "email": read.draft.email,
        "source": read.source,
        "landing_page": read.landing_page,
        "campaign_id": read.campaign,
        "external_id": read.external_id or None,
    }


def company_facts(read: Read) -> Mapping[str, Any]:
    facts = {**read.draft.company, "name": read.draft.lead.get("company_name", "")}
    return {name: facts[name] for name in COMPANY_FACTS if name in facts}


def problems_of(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [{"column": fault.column, "value": fault.value, "why": fault.why.kept} for fault in faults]


STORE = """
UPDATE leads_importrow AS kept
SET outcome = new.outcome, problems = new.problems::jsonb, email_key = new.email_key,
    external_id = new.external_id, lead_id = new.lead, filled = new.filled::jsonb, applied_at = new.applied_at
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
            %s::timestamptz[])
    AS new(id, outcome, problems, email_key, external_id, lead, filled, applied_at)
WHERE kept.id = new.id
"""


def store_plans(plans: Sequence[Plan]) -> None:
    """Write the rows of these plans as they are in hand: one statement, a tenth of the ORM's time."""
    rows = [plan.row for plan in plans]
    for plan in plans:
        plan.row.problems = problems_of(plan.read.faults)
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [
                [row.pk for row in rows],
                [str(row.outcome) for row in rows],
                [json.dumps(row.problems) for row in rows],
                [row.email_key for row in rows],
                [row.external_id for row in rows],
                [row.lead.pk if row.lead else None for row in rows],
                [json.dumps(row.filled) for row in rows],
                [row.applied_at for row in rows],
            ],
        )


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON keeps it."""
    return {name: value if isinstance(value, int | str) else str(value) for name, value in values.items()}
