"""The fields of a landing-page form: as a marketer lists them, and as the intake reads them.

A row says under which name a value is posted, what the visitor reads beside it and what it
means. The intake wants the same as three things (``mapping``, ``custom_fields``,
``required_fields``), and the page a fourth: in which order and under which labels (``layout``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _

from .posted import ALIASES, KNOWN
from .touches import TOUCH_FIELDS

CUSTOM = "custom"
"""Target of a row whose value is kept among the lead's custom fields, under the posted name."""

TARGETS: dict[str, Message] = {
    "email": _("E-mail"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "name": _("First and last name in one"),
    "phone": _("Phone"),
    "job_title": _("Job title"),
    "company_name": _("Company"),
    "employees": _("Employees"),
    "industry": _("Industry"),
    "annual_revenue": _("Annual revenue"),
    "country": _("Country"),
    "company_country": _("Country of the company"),
    "language": _("Language"),
    "budget": _("Budget"),
    "need": _("Need"),
    "timeline": _("Timeline"),
    "message": _("Message"),
}
KINDS: dict[str, Promise] = {
    "text": _("Text"),
    "number": _("Number"),
    "boolean": _("Yes or no"),
    "date": _("Date"),
}
INPUTS = {"email": "email", "phone": "tel", "employees": "number", "message": "textarea", "need": "textarea"}
CUSTOM_INPUTS = {"number": "number", "boolean": "checkbox", "date": "date"}
SAMPLES = {
    "email": "test.lead@example.com",
    "first_name": "Test",
    "last_name": "Lead",
    "name": "Test Lead",
    "phone": "+34 600 000 000",
    "job_title": "CEO",
    "company_name": "Example Ltd",
    "employees": "250",
    "industry": "Software",
    "annual_revenue": "1000000",
    "country": "ES",
    "company_country": "ES",
    "language": "es",
    "message": "This is a test.",
}
CUSTOM_SAMPLES = {"number": "10", "boolean": "yes", "date": "2026-01-31"}

POSTED_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
RESERVED = frozenset({"consent", *TOUCH_FIELDS})
"""Posted names with a meaning of their own, which no row may take."""


@dataclass(frozen=True, slots=True)
class Row:
    """``target``: a key of ``TARGETS``, or ``CUSTOM``, whose values are of ``kind``."""

    name: str
    label: str = ""
    target: str = CUSTOM
    kind: str = "text"
    required: bool = False

    @property
    def shown(self) -> str:
        """What the visitor reads; the field's own name in words when nothing was written."""
        return self.label or str(TARGETS.get(self.target) or self.name.replace("_", " ").capitalize())

    @property
    def input(self) -> str:
        return (
            CUSTOM_INPUTS.get(self.kind, "text") if self.target == CUSTOM else INPUTS.get(self.target, "text")
        )

    @property
    def sample(self) -> str:
        """A value to try the form with."""
        return (
            CUSTOM_SAMPLES.get(self.kind, "Test") if self.target == CUSTOM else SAMPLES.get(self.target, "")
        )


STANDARD = (
    Row("email", target="email", required=True),
    Row("first_name", target="first_name"),
    Row("last_name", target="last_name"),
    Row("company", target="company_name"),
)
"""What a new form asks for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The four columns of ``leads.models.Form`` that rows become."""

    mapping: dict[str, str]
    custom_fields: list[dict[str, Any]]
    required_fields: list[str]
    layout: list[dict[str, str]]


def settings_of(rows: Iterable[Row]) -> Settings:
    rows = list(rows)
    return Settings(
        mapping={
            row.name: row.target
            for row in rows
            if row.target != CUSTOM and ALIASES.get(row.name, row.name) != row.target
        },
        custom_fields=[
            {"name": row.name, "label": row.shown, "type": row.kind, "required": row.required}
            for row in rows
            if row.target == CUSTOM
        ],
        required_fields=[row.name for row in rows if row.required and row.target != CUSTOM],
        layout=[{"name": row.name, "label": row.label} for row in rows],
    )


def rows_of(
    *,
    mapping: Mapping[str, str],
    custom_fields: Sequence[Mapping[str, Any]],
    required_fields: Sequence[str],
    layout: Sequence[Mapping[str, str]],
) -> list[Row]:
    """The rows of a form, also of one that was set up by the API or the admin without a layout."""
    labels = {entry["name"]: entry.get("label", "") for entry in layout}
    custom = {str(field["name"]): field for field in custom_fields}
    names = dict.fromkeys([*labels, *mapping, *custom, *required_fields])
    rows = [_row(name, labels.get(name, ""), mapping, custom, required_fields) for name in names]
    return [row for row in rows if row is not None] or list(STANDARD)


def _row(
    name: str,
    label: str,
    mapping: Mapping[str, str],
    custom: Mapping[str, Mapping[str, Any]],
    required: Sequence[str],
) -> Row | None:
    if name in custom:
        field = custom[name]
        kind = str(field.get("type", "text"))
        return Row(name, label or str(field.get("label", "")), CUSTOM, kind, bool(field.get("required")))
    target = mapping.get(name) or ALIASES.get(name, name)
    return Row(name, label, target, required=name in required) if target in TARGETS else None


def faults_of(rows: Sequence[Row], *, honeypot: str) -> dict[int, tuple[str, object]]:
    """What is wrong with the rows: place of the row → (which part of it, what to say)."""
    faults: dict[int, tuple[str, object]] = {}
    seen: set[str] = set()
    targets: set[str] = set()
    for place, row in enumerate(rows):
        if not POSTED_NAME.fullmatch(row.name):
            faults[place] = ("name", _("A letter, then letters, digits and _ . - only, at most 64."))
        elif row.name in RESERVED or row.name == honeypot:
            faults[place] = ("name", _("This name has a meaning of its own."))
        elif row.name in seen:
            faults[place] = ("name", _("Another field has this name."))
        elif row.target == CUSTOM and ALIASES.get(row.name, row.name) in KNOWN:
            faults[place] = ("name", _("This is the name of a lead's own field; map it there or rename it."))
        elif row.target != CUSTOM and row.target in targets:
            faults[place] = ("target", _("Another field is mapped to this already."))
        seen.add(row.name)
        targets.add(row.target)
    return faults
