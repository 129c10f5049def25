"""What must be known before a new lead can be written: one statement, which others may carry along."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from ..models import Company
from .prepared import Statement, send

ARRIVAL = """
SELECT known.found, CASE WHEN NOT known.found THEN nextval('leads_lead_id_seq') END,
    CASE WHEN company.id IS NULL THEN nextval('leads_company_id_seq') END, {company}
FROM (SELECT EXISTS (SELECT FROM leads_lead WHERE email_key = %s) AS found) AS known
LEFT JOIN leads_company AS company ON company.domain = %s
"""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """``is_known``: somebody has this address already. ``company``: the one of the domain, if any.

    ``lead_id``, ``company_id``: ids that nobody else will get, for the one who is new; known
    beforehand, so that rows which name each other can be written without waiting for answers.
    """

    is_known: bool
    lead_id: int | None
    company_id: int | None
    company: Company | None


def arrival(*, email_key: str | None, domain: str) -> Arrival:
    """Nothing is locked: who writes by it has to notice when it is no longer true."""
    with connection.cursor() as cursor:
        send(cursor, asking(email_key=email_key, domain=domain))
        return arrival_of(cursor.fetchone())


def asking(*, email_key: str | None, domain: str) -> Statement:
    return _statement(), [email_key, domain or None]


def arrival_of(row: Row) -> Arrival:
    """What a row of that statement says."""
    is_known, lead_id, company_id, *company = row
    names = [field.attname for field in Company._meta.concrete_fields]
    return Arrival(
        is_known=is_known,
        lead_id=lead_id,
        company_id=company_id,
        company=None if company[names.index("id")] is None else Company.from_db("default", names, company),
    )


@cache
def _statement() -> str:
    columns = ", ".join(f"company.{field.column}" for field in Company._meta.concrete_fields)
    return ARRIVAL.format(company=columns)
