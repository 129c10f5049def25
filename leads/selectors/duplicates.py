"""Leads that may be the same person; a person decides."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.lookups import Exact

from ..models import Lead
from ..models.lead import LeadQuerySet, phone_end
from ..rules.identity import InvalidIdentity, phone_key

MOST = 20


@dataclass(frozen=True, slots=True)
class Duplicate:
    """``reasons``: "phone" (the same number, however it is written), "name" (and company)."""

    lead: Lead
    reasons: tuple[str, ...]


def find_duplicates(lead: Lead, leads: LeadQuerySet | None = None) -> list[Duplicate]:
    """Leads with the same phone number, or the same name in the same company; at most 20.

    ``leads`` bounds the search to what the reader may see. A number that names its country and
    one that does not are taken for the same when the last nine digits are.
    """
    among = (Lead.objects.all() if leads is None else leads).filter(merged_into=None).exclude(pk=lead.pk)
    wanted = _digits(lead)
    found: dict[int, tuple[Lead, list[str]]] = {}
    if wanted:
        ending = among.exclude(phone="").filter(Exact(phone_end("phone"), wanted[-9:]))
        for other in ending.select_related("company").order_by("pk")[:MOST]:
            if _same_number(wanted, _digits(other)):
                found.setdefault(other.pk, (other, []))[1].append("phone")
    if lead.company_id and lead.first_name and lead.last_name:
        same_name = Q(first_name__iexact=lead.first_name, last_name__iexact=lead.last_name)
        in_company = among.filter(same_name, company=lead.company_id)
        for other in in_company.select_related("company").order_by("pk")[:MOST]:
            found.setdefault(other.pk, (other, []))[1].append("name")
    return [Duplicate(other, tuple(reasons)) for _pk, (other, reasons) in sorted(found.items())][:MOST]


def _digits(lead: Lead) -> str:
    """`+34600111222` or national digits; empty when there is no usable number."""
    try:
        return phone_key(lead.phone).removeprefix("tel:") if lead.phone else ""
    except InvalidIdentity:
        return ""


def _same_number(one: str, other: str) -> bool:
    if one.startswith("+") == other.startswith("+"):
        return one == other
    national, international = sorted((one, other), key=lambda number: number.startswith("+"))
    return len(national) >= 6 and international.endswith(national)
