"""What a landing page posted, as the facts of a lead and its company.

Only the names listed here can be set from outside; score, owner, stage and everything else that
is ours is not among them, whatever a form's mapping says.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _
from smarketing.accounts.rules.text import InvalidText, clean_text, is_storable

from .identity import InvalidIdentity, company_domain, parse_email, phone_key
from .seniority import seniority_of

LEAD_TEXT = {
    "first_name": 120,
    "last_name": 120,
    "job_title": 160,
    "company_name": 200,
    "budget": 120,
    "need": 500,
    "timeline": 120,
}
"""Plain text of a lead, with its greatest length."""

COMPANY_FIELDS = frozenset({"employees", "industry", "annual_revenue", "company_country"})
SPECIAL = frozenset({"email", "phone", "name", "country", "language", "message", "consent"})
KNOWN = frozenset(LEAD_TEXT) | COMPANY_FIELDS | SPECIAL
ALIASES = {"company": "company_name", "title": "job_title", "full_name": "name"}

MAX_FIELDS = 200
MAX_NAME = 64
MAX_VALUE = 5000
MAX_EMPLOYEES = 100_000_000
MAX_REVENUE = Decimal(10) ** 13

YES = frozenset({"1", "true", "yes", "on", "y", "si", "sí", "accepted"})
COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?")
COUNT = re.compile(r"[^0-9]{0,12}([0-9]+(?:[.,\s][0-9]{3})*)")

Errors = dict[str, list[Message]]


@dataclass(frozen=True, slots=True)
class FormSpec:
    """What reading needs to know of a form; see `leads.models.Form` for the shapes. `needs_identity`
    off: the caller knows the lead by something else than address and number."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    custom_fields: tuple[Mapping[str, object], ...] = ()
    required_fields: tuple[str, ...] = ()
    consent_required: bool = False
    needs_identity: bool = True


@dataclass(slots=True)
class Draft:
    """The facts of one submission in normal form; blank means "not said"."""

    email: str = ""
    key: str = ""
    company_domain: str = ""
    lead: dict[str, str] = field(default_factory=dict)
    company: dict[str, object] = field(default_factory=dict)
    custom: dict[str, object] = field(default_factory=dict)
    message: str = ""
    consent: bool = False


def clean_values(posted: Iterable[tuple[str, object]]) -> tuple[dict[str, str], Errors]:
    """Posted pairs as text by name, and what is wrong with them. Repeated names are listed.

    True and false become "true" and "false", null becomes blank; lists and objects are refused.
    """
    values: dict[str, str] = {}
    errors: Errors = {}
    for name, value in posted:
        if len(name) > MAX_NAME or not is_storable(name) or not name.isprintable():
            errors[_shown(name)] = [_("The name of this field cannot be used.")]
            continue
        if len(values) >= MAX_FIELDS:
            errors[""] = [_("More than %(limit)d fields.") % {"limit": MAX_FIELDS}]
            break
        if isinstance(value, dict | list | tuple):
            errors[name] = [_("A text or a number is needed here.")]
            continue
        try:
            text = clean_text(_as_text(value), max_length=MAX_VALUE, multiline=True)
        except InvalidText as error:
            errors[name] = [error.args[0]]
            continue
        values[name] = f"{values[name]}, {text}" if values.get(name) and text else values.get(name) or text
    return values, errors


def read_draft(values: Mapping[str, str], spec: FormSpec) -> tuple[Draft, Errors]:
    """The facts in cleaned `values`, and what is wrong, by the name that was posted."""
    reader = _Reader(values, spec)
    return reader.draft, reader.errors


class _Reader:
    def __init__(self, values: Mapping[str, str], spec: FormSpec) -> None:
        self.draft = Draft()
        self.errors: Errors = {}
        self.names: dict[str, str] = {}
        facts: dict[str, str] = {}
        for name, text in values.items():
            target = spec.mapping.get(name) or ALIASES.get(name, name)
            if target in KNOWN and not facts.get(target):
                facts[target] = text
                self.names[target] = name
        self._custom(values, spec)
        self._identity(facts, spec)
        self._texts(facts)
        self._company(facts)
        self.draft.consent = facts.get("consent", "").casefold() in YES
        self._required(values, facts, spec)

    def refuse(self, target: str, message: Message) -> None:
        self.errors.setdefault(self.names.get(target, target), []).append(message)

    def _identity(self, facts: Mapping[str, str], spec: FormSpec) -> None:
        phone = self._text(facts, "phone", 40)
        key = ""
        try:
            key = phone_key(phone) if phone else ""
        except InvalidIdentity as error:
            # An odd number beside a good address is worth keeping: a person will read it.
            if not facts.get("email"):
                self.refuse("phone", error.args[0])
                return
        self.draft.lead["phone"] = phone
        if not facts.get("email"):
            self.draft.key = key
            if not key and spec.needs_identity:
                self.refuse("email", _("An e-mail address or a phone number is needed."))
            return
        try:
            address = parse_email(clean_text(facts["email"], max_length=320))
        except (InvalidIdentity, InvalidText) as error:
            self.refuse("email", error.args[0])
            return
        self.draft.email, self.draft.key = address.email, address.key
        self.draft.company_domain = company_domain(address.domain)

    def _texts(self, facts: Mapping[str, str]) -> None:
        lead = self.draft.lead
        for name, limit in LEAD_TEXT.items():
            lead[name] = self._text(facts, name, limit)
        if not (lead["first_name"] or lead["last_name"]):
            lead["first_name"], _space, lead["last_name"] = self._text(facts, "name", 120).partition(" ")
        lead["seniority"] = seniority_of(lead["job_title"])
        language = self._text(facts, "language", MAX_VALUE)
        lead["language"] = language if LANGUAGE.fullmatch(language) else ""
        lead["country"] = self._country(facts, "country")
        self.draft.message = facts.get("message", "")

    def _company(self, facts: Mapping[str, str]) -> None:
        company = self.draft.company
        if employees := self._count(facts, "employees"):
            company["employees"] = employees
        if industry := self._text(facts, "industry", 120):
            company["industry"] = industry
        if country := self._country(facts, "company_country"):
            company["country"] = country
        if revenue := self._revenue(facts):
            company["annual_revenue"] = revenue

    def _custom(self, values: Mapping[str, str], spec: FormSpec) -> None:
        for wanted in spec.custom_fields:
            name = str(wanted.get("name", ""))
            text = values.get(name, "")
            if not text:
                if wanted.get("required"):
                    self.errors.setdefault(name, []).append(_("This field is needed."))
                continue
            try:
                self.draft.custom[name] = _custom_value(text, str(wanted.get("type", "text")))
            except ValueError as error:
                self.errors.setdefault(name, []).append(error.args[0])

    def _required(self, values: Mapping[str, str], facts: Mapping[str, str], spec: FormSpec) -> None:
        for name in spec.required_fields:
            if not (values.get(name) or facts.get(name)) and name not in self.errors:
                self.refuse(name, _("This field is needed."))
        if spec.consent_required and not self.draft.consent:
            self.refuse("consent", _("Please agree, or we may not keep your data."))

    def _text(self, facts: Mapping[str, str], target: str, limit: int) -> str:
        text = facts.get(target)
        if not text:
            return ""
        try:
            return clean_text(text, max_length=limit)
        except InvalidText as error:
            self.refuse(target, error.args[0])
            return ""

    def _country(self, facts: Mapping[str, str], target: str) -> str:
        """An ISO code; a name in words is kept among the custom fields, for a person to read."""
        text = self._text(facts, target, MAX_VALUE)
        if COUNTRY.fullmatch(text):
            return text.upper()
        if text:
            self.draft.custom[target] = text[:200]
        return ""

    def _count(self, facts: Mapping[str, str], target: str) -> int:
        """The first number of "250", "200-500" or "more than 1,000"; 0 when there is none."""
        text = self._text(facts, target, MAX_VALUE)
        found = COUNT.match(text)
        if not text:
            return 0
        digits = re.sub("[^0-9]", "", found[1]) if found else ""
        if not digits or len(digits) > 9 or int(digits) > MAX_EMPLOYEES:
            self.refuse(target, _("A whole number is needed here."))
            return 0
        return int(digits)

    def _revenue(self, facts: Mapping[str, str]) -> Decimal | None:
        text = self._text(facts, "annual_revenue", MAX_VALUE)
        if not text:
            return None
        try:
            number = Decimal(text) if len(text) <= 32 else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number < MAX_REVENUE:
            self.refuse("annual_revenue", _("A number is needed here."))
            return None
        return number.quantize(Decimal("0.01"))


def _custom_value(text: str, kind: str) -> object:
    """The value of a custom field of type text, number, boolean or date (ISO 8601)."""
    if kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(_("This is no date of the calendar (year-month-day).")) from None
    if kind == "boolean":
        return text.casefold() in YES
    if kind == "number":
        try:
            number = Decimal(text) if len(text) <= 32 else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= MAX_REVENUE:
            raise ValueError(_("A number is needed here."))
        return int(number) if number == number.to_integral_value() else float(number)
    return text


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")[:MAX_NAME]
