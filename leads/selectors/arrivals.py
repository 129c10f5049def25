"""What must be known before a new lead can be written: one statement."""

from dataclasses import dataclass
from functools import cache

from django.db import connection

from ..enums import RuleSetStatus
from ..models import Company
from . import rule_sets
from .prepared import send

ARRIVAL = """
SELECT EXISTS (SELECT FROM leads_lead WHERE email_key = %s), live.*, {company}
FROM (VALUES (1)) AS always
LEFT JOIN ({live}) AS live ON true
LEFT JOIN leads_company AS company ON company.domain = %s
"""
LIVE_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """``is_known``: somebody has this address already. ``company``: the one of the domain, if any."""

    live: rule_sets.Live
    is_known: bool
    company: Company | None


def arrival(*, email_key: str | None, domain: str) -> Arrival:
    """Nothing is locked: who writes by it has to notice when it is no longer true."""
    with connection.cursor() as cursor:
        send(cursor, (_statement(), [email_key, RuleSetStatus.LIVE.value, domain or None]))
        is_known, *row = cursor.fetchone()
    live, company = row[:LIVE_COLUMNS], row[LIVE_COLUMNS:]
    names = [field.attname for field in Company._meta.concrete_fields]
    return Arrival(
        live=rule_sets.live_of(*live),
        is_known=is_known,
        company=None if company[names.index("id")] is None else Company.from_db("default", names, company),
    )


@cache
def _statement() -> str:
    columns = ", ".join(f"company.{field.column}" for field in Company._meta.concrete_fields)
    return ARRIVAL.format(company=columns, live=rule_sets.LIVE_WITH_PERSONAS)
