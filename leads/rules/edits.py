"""Changes to a lead as a person or another system asks for them, checked field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from smarketing.accounts.rules.messages import Message as _
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..enums import Seniority
from .identity import Address, InvalidIdentity, parse_email
from .posted import COUNTRY, LANGUAGE, LEAD_TEXT, MAX_EMPLOYEES, MAX_REVENUE, Errors

TEXT = {**LEAD_TEXT, "phone": 40, "external_id": 120, "source": 120, "landing_page": 500}
COMPANY = {
    "employees": "employees",
    "industry": "industry",
    "annual_revenue": "annual_revenue",
    "company_country": "country",
}
"""Names as in a form → fields of the company."""

EDITABLE = frozenset(TEXT) | frozenset(COMPANY) | {"email", "country", "language", "seniority", "custom"}
MAX_CUSTOM = 100
MAX_CUSTOM_TEXT = 2000


@dataclass(slots=True)
class Changes:
    """New values by column; `custom` has None where a field goes away; `address` when e-mail changes."""

    lead: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    address: Address | None = None
    errors: Errors = field(default_factory=dict)


def read_changes(wanted: Mapping[str, Any]) -> Changes:
    """The changes in normal form; `errors` names what cannot be accepted. Blank text clears."""
    changes = Changes()
    for name, value in wanted.items():
        try:
            _read(changes, name, value)
        except (ValueError, InvalidText, InvalidIdentity) as error:
            changes.errors[name] = [error.args[0]]
    return changes


def _read(changes: Changes, name: str, value: Any) -> None:
    if name in TEXT:
        changes.lead[name] = clean_text(_as_text(value), max_length=TEXT[name])
    elif name == "email":
        text = clean_text(_as_text(value), max_length=320)
        changes.address = parse_email(text) if text else None
        changes.lead["email"] = changes.address.email if changes.address else ""
    elif name in ("country", "company_country"):
        (changes.lead if name == "country" else changes.company)["country"] = _country(value)
    elif name == "language":
        text = _as_text(value)
        if text and not LANGUAGE.fullmatch(text):
            raise ValueError(_("A language tag is needed here, like en or pt-BR."))
        changes.lead[name] = text
    elif name == "seniority":
        if value and value not in Seniority.values:
            raise ValueError(_("There is no such level."))
        changes.lead[name] = value or ""
    elif name == "employees":
        changes.company[name] = None if value in (None, "") else _employees(value)
    elif name == "annual_revenue":
        changes.company[name] = None if value in (None, "") else _revenue(value)
    elif name == "industry":
        changes.company[name] = clean_text(_as_text(value), max_length=120)
    elif name == "custom":
        changes.custom = _custom(value)
    else:
        raise ValueError(_("There is no such field, or it cannot be written."))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(_("A text is needed here."))
    return value


def _country(value: Any) -> str:
    text = _as_text(value).strip()
    if text and not COUNTRY.fullmatch(text):
        raise ValueError(_("A country code of two letters is needed here."))
    return text.upper()


def _employees(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_EMPLOYEES:
        raise ValueError(_("A whole number is needed here."))
    return value


def _revenue(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < MAX_REVENUE:
        raise ValueError(_("A number is needed here."))
    return number.quantize(Decimal("0.01"))


def _custom(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or len(value) > MAX_CUSTOM:
        raise ValueError(_("An object with at most %(limit)d fields is needed.") % {"limit": MAX_CUSTOM})
    custom: dict[str, Any] = {}
    for name, item in value.items():
        key = clean_text(str(name), max_length=64)
        if not key or not isinstance(item, str | int | float | bool | None):
            raise ValueError(_("Custom fields hold a text, a number or a yes or no."))
        custom[key] = clean_text(item, max_length=MAX_CUSTOM_TEXT) if isinstance(item, str) else item
    return custom
