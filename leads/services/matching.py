"""Which company, which lead? Found or created in one statement each, safe under parallel posts."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from ..models import Company, Lead
from .statements import casts_of, columns_of, places_of, row_of

FILLED_TEXT = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "seniority",
    "country",
    "language",
    "company_name",
    "budget",
    "need",
    "timeline",
    "source",
    "landing_page",
    "consent_version",
)
"""Text of a lead that a later submission may fill while it is blank, and never change."""

FILLED_ONCE = ("company_id", "campaign_id", "consent_at", "engaged_at")
COMPANY_FACTS = ("name", "employees", "industry", "country", "annual_revenue")

FIND_COMPANY = """
WITH found AS (SELECT * FROM leads_company WHERE domain = %s),
made AS (
    INSERT INTO leads_company ({columns})
    SELECT {casts} WHERE NOT EXISTS (SELECT FROM found)
    ON CONFLICT (domain) DO UPDATE SET domain = EXCLUDED.domain
    RETURNING *
)
SELECT * FROM found UNION ALL SELECT * FROM made
"""

UPSERT_LEAD = """
INSERT INTO leads_lead AS known ({columns}) VALUES ({places})
ON CONFLICT (email_key) DO UPDATE SET {changes}
WHERE known.merged_into_id IS NULL
RETURNING *, (xmax = 0) AS is_new
"""


def match_company(*, domain: str, facts: Mapping[str, Any], at: datetime) -> Company:
    """The company of this domain, created when new; what is blank in it is filled from `facts`."""
    draft = Company(domain=domain, created_at=at, **facts)
    sql = FIND_COMPANY.format(columns=", ".join(columns_of(Company)), casts=casts_of(Company))
    company = Company.objects.raw(sql, [domain, *row_of(draft)])[0]
    fill_company(company=company, facts=facts, at=at)
    return company


def private_company(*, lead: Lead, facts: Mapping[str, Any], at: datetime) -> Company | None:
    """The company of a lead without a domain of its own (free mail, phone only), who is locked.

    Nothing could be matched, so it belongs to this lead alone; it is made only when there are
    facts beyond the name, which scoring should see.
    """
    if lead.company is not None:
        fill_company(company=lead.company, facts=facts, at=at)
        return lead.company
    if needs_company(facts):
        return Company.objects.create(created_at=at, **facts)
    return None


def needs_company(facts: Mapping[str, Any]) -> bool:
    """Whether there is more than a name to keep of a company without a domain."""
    return any(facts.get(name) for name in COMPANY_FACTS if name != "name")


def fill_company(*, company: Company, facts: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Fill blanks of a known company; what was written. Two posts at once cannot overwrite each other."""
    filled: dict[str, Any] = {}
    for name in COMPANY_FACTS:
        if facts.get(name) and getattr(company, name) in ("", None):
            blank = {name: None} if Company._meta.get_field(name).null else {name: ""}
            if Company.objects.filter(pk=company.pk, **blank).update(**{name: facts[name]}):
                setattr(company, name, facts[name])
                filled[name] = facts[name]
    if filled:
        rescore_colleagues(company=company, besides=None, at=at)
    return filled


def rescore_colleagues(*, company: Company, besides: int | None, at: datetime) -> None:
    """The company's facts changed, and fit is computed from them: its leads' scores are due now.

    A company may have many leads and one of them is being saved, so this only sets the deadline.
    """
    others = Lead.objects.current().filter(company=company)
    if besides is not None:
        others = others.exclude(pk=besides)
    others.update(score_due_at=at)


def match_lead(*, draft: Lead) -> tuple[Lead, bool]:
    """The lead with the draft's `email_key`, and whether it is new; locked until the end.

    One statement in all cases but one: a key whose lead was merged away leads to the survivor.
    """
    found = list(Lead.objects.raw(_upsert(), row_of(draft)))
    if found:
        return found[0], bool(vars(found[0])["is_new"])
    lead = Lead.objects.select_for_update().get(email_key=draft.email_key)
    while lead.merged_into_id is not None:
        lead = Lead.objects.select_for_update().get(pk=lead.merged_into_id)
    fill_lead(lead=lead, draft=draft)
    return lead, False


def fill_lead(*, lead: Lead, draft: Lead) -> None:
    """What the upsert does, for a lead that was found another way and is locked."""
    changed = ["last_touch", "last_meaningful_at", "updated_at", "custom"]
    for name in (*FILLED_TEXT, *FILLED_ONCE, "first_touch"):
        if not getattr(lead, name) and getattr(draft, name):
            setattr(lead, name, getattr(draft, name))
            changed.append(name)
    lead.custom = {**draft.custom, **lead.custom}
    lead.last_touch = draft.last_touch or lead.last_touch
    moments = [m for m in (lead.last_meaningful_at, draft.last_meaningful_at) if m]
    lead.last_meaningful_at = max(moments, default=None)
    lead.updated_at = draft.updated_at
    lead.save(update_fields=changed)


@cache
def _upsert() -> str:
    columns = columns_of(Lead)
    changes = [f"{c} = CASE WHEN known.{c} = '' THEN EXCLUDED.{c} ELSE known.{c} END" for c in FILLED_TEXT]
    changes += [f"{c} = COALESCE(known.{c}, EXCLUDED.{c})" for c in FILLED_ONCE]
    changes += [
        "custom = EXCLUDED.custom || known.custom",
        "first_touch = COALESCE(NULLIF(known.first_touch, '{}'), EXCLUDED.first_touch)",
        "last_touch = COALESCE(NULLIF(EXCLUDED.last_touch, '{}'), known.last_touch)",
        "last_meaningful_at = GREATEST(known.last_meaningful_at, EXCLUDED.last_meaningful_at)",
        "updated_at = EXCLUDED.updated_at",
    ]
    return UPSERT_LEAD.format(columns=", ".join(columns), places=places_of(Lead), changes=", ".join(changes))
