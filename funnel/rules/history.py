"""One row of an export: what it says, or what is wrong with it, by column.

A row with a fault is skipped whole: half a lead with a wrong date would falsify the cohorts and
nobody would see it. What is odd but usable is loaded and noted.
"""

import datetime as dt
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from leads.rules.identity import InvalidIdentity, parse_email
from leads.rules.seniority import seniority_of
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..enums import Reason, Stage
from .mapping import ENDS, ENTRY_STAGES, FileMapping

LENGTHS = {
    "external_id": 120,
    "lead": 120,
    "sdr": 120,
    "ae": 120,
    "reason": 200,
    "source": 120,
    "landing_page": 500,
    "campaign": 200,
    "first_name": 120,
    "last_name": 120,
    "phone": 40,
    "job_title": 160,
    "company_name": 200,
}
NOT_OF_A_LEAD = frozenset({"external_id", "reason"})
EARLIEST = 1990
MAX_AMOUNT = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Problem:
    """``column`` is the export's name ("" = the whole row). ``skipped`` false: loaded all the same."""

    column: str
    value: str
    message: str
    skipped: bool = True


@dataclass(slots=True)
class PastLead:
    external_id: str
    entered_at: dt.datetime
    fields: dict[str, str]
    """Ready for ``Lead``; ``email_key`` beside ``email``, ``campaign`` by name."""
    custom: dict[str, str]
    stage: Stage | None = None
    """None: as the mapping says of all of them."""
    disqualified_at: dt.datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class PastDeal:
    """``reason``: why it was lost; blank when it was won."""

    lead: str
    closed_at: dt.datetime
    won: bool
    reason: str
    sql_at: dt.datetime | None
    opportunity_at: dt.datetime | None
    sdr: str
    ae: str
    amount: Decimal
    data: dict[str, str]


class RowFaulty(Exception):
    """The row cannot be loaded; ``problems`` say why, column by column."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(slots=True)
class RowReader:
    """Reads mapped cells and collects what is wrong, so that a row tells all its faults at once.

    ``tz`` is the zone of times without one; nothing may lie after ``at``."""

    mapping: FileMapping
    row: Dict[str, str]
    tz: dt.tzinfo
    at: dt.datetime
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str, *, required: bool = False) -> str:
        column, raw = self._cell(name)
        try:
            value = clean_text(raw, max_length=LENGTHS[name])
        except InvalidText as error:
            self._fault(column, raw, str(error))
            return ""
        if required and not value:
            self._fault(column, raw, _("This value is missing."))
        return value

    def moment(self, name: str, *, required: bool = False) -> dt.datetime | None:
        column, raw = self._cell(name)
        text = raw.strip()
        if not text:
            if required:
                self._fault(column, raw, _("This value is missing."))
            return None
        try:
            found = self._parsed(text)
            possible = EARLIEST <= found.year <= self.at.year + 1 and found <= self.at
        except (ValueError, OverflowError):
            self._fault(column, raw, _("This is not a date in the format of the mapping."))
            return None
        if not possible:
            self._fault(column, raw, _("The date lies in the future or before 1990."))
            return None
        return found

    def _parsed(self, text: str) -> dt.datetime:
        if self.mapping.date_format is not None:
            found = dt.datetime.strptime(text, self.mapping.date_format)
        else:
            found = dt.datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=self.tz)

    def amount(self, name: str) -> Decimal:
        column, raw = self._cell(name)
        text = raw.strip()
        if not text:
            return Decimal(0)
        if self.mapping.decimal == ",":
            text = text.replace(".", "").replace(",", ".")
        try:
            value = Decimal(text)
            usable = value.is_finite() and 0 <= value < MAX_AMOUNT
        except InvalidOperation:
            usable = False
        if not usable:
            self._fault(column, raw, _("This is not an amount from 0 up to 12 digits."))
            return Decimal(0)
        return value.quantize(Decimal("0.01"))

    def email(self) -> dict[str, str]:
        column, raw = self._cell("email")
        if not raw.strip():
            return {}
        try:
            address = parse_email(raw.strip())
        except InvalidIdentity as error:
            self._fault(column, raw, str(error))
            return {}
        return {"email": address.email, "email_key": address.key}

    def country(self) -> str:
        column, raw = self._cell("country")
        code = raw.strip().upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            self._fault(column, raw, _("This is not a two-letter country code."))
        return code

    def stage(self) -> Stage | None:
        column, raw = self._cell("stage")
        text = raw.strip().lower()
        if not text:
            return None
        if text in ENTRY_STAGES:
            return Stage(text)
        message = _("A lead enters in one of %(stages)s; what follows is told by the deals.")
        self._fault(column, raw, message % {"stages": ", ".join(ENTRY_STAGES)})
        return None

    def data(self) -> dict[str, str]:
        """Further columns as they are; empty cells are left out."""
        kept = {}
        for name, column in self.mapping.data.items():
            try:
                if value := clean_text(self.row[column], max_length=500):
                    kept[name] = value
            except InvalidText as error:
                self._fault(column, self.row[column], str(error))
        return kept

    def check_end(self, ends: Dict[str, dt.datetime | None]) -> None:
        """A deal was either won or lost; a date that cannot be read has told its fault already."""
        told = [name for name in ends if name in self.mapping.columns]
        if all(ends.values()):
            self._fault(*self._cell("lost_at"), _("Won and lost at once."))
        elif not any(ends.values()) and not any(self._cell(name)[1].strip() for name in told):
            self._fault(*self._cell(told[0]), _("This value is missing."))

    def note(self, name: str, message: str) -> None:
        column, raw = self._cell(name)
        self.problems.append(Problem(column, raw, message, skipped=False))

    def finish(self) -> None:
        """Raise ``RowFaulty`` if the row must be skipped."""
        if any(problem.skipped for problem in self.problems):
            raise RowFaulty([problem for problem in self.problems if problem.skipped])

    def _cell(self, name: str) -> tuple[str, str]:
        column = self.mapping.columns.get(name, "")
        return column, self.row[column] if column else ""

    def _fault(self, column: str, value: str, message: str) -> None:
        self.problems.append(Problem(column, value, message))


def read_lead(reader: RowReader) -> PastLead:
    """Raises ``RowFaulty``. A missing source is noted: such leads count under no source."""
    columns = reader.mapping.columns
    plain = [name for name in LENGTHS if name in columns and name not in NOT_OF_A_LEAD]
    external_id = reader.text("external_id", required=True)
    entered_at = reader.moment("entered_at", required=True)
    stage, disqualified_at = reader.stage(), reader.moment("disqualified_at")
    fields = {name: reader.text(name) for name in plain}
    if "job_title" in fields:
        fields["seniority"] = seniority_of(fields["job_title"])
    fields |= reader.email() if "email" in columns else {}
    if "country" in columns:
        fields["country"] = reader.country()
    custom = reader.data()
    reason = _reason(reader, custom) if disqualified_at is not None else ""
    reader.finish()
    assert entered_at is not None
    if fields.get("source") == "":
        reader.note("source", _("No source: counted under none."))
    if disqualified_at is not None and disqualified_at < entered_at:
        reader.note("disqualified_at", _("Given up before it entered: the time in stage counts as 0."))
    return PastLead(external_id, entered_at, fields, custom, stage, disqualified_at, reason)


def read_deal(reader: RowReader) -> PastDeal:
    """Raises ``RowFaulty``."""
    columns = reader.mapping.columns
    ends = {name: reader.moment(name) if name in columns else None for name in ENDS}
    values: dict[str, Any] = {
        "lead": reader.text("lead", required=True),
        "sql_at": reader.moment("sql_at"),
        "opportunity_at": reader.moment("opportunity_at"),
        "sdr": reader.text("sdr"),
        "ae": reader.text("ae"),
        "amount": reader.amount("amount"),
        "data": reader.data(),
    }
    reader.check_end(ends)
    won = ends["won_at"] is not None
    reason = "" if won else _reason(reader, values["data"])
    reader.finish()
    closed_at = ends["won_at"] or ends["lost_at"]
    assert closed_at is not None
    for name in ("sdr", "ae"):
        if name in columns and not values[name]:
            reader.note(name, _("Nobody is named here."))
    return PastDeal(closed_at=closed_at, won=won, reason=reason, **values)


def _reason(reader: RowReader, data: dict[str, str]) -> str:
    """One of ours, or "other" with the export's own words kept beside it, in ``data``."""
    text = reader.text("reason")
    if text in Reason.values:
        return text
    if text:
        data["lost_reason"] = text
    return Reason.OTHER.value
