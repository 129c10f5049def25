"""A mapping file: which columns of an export mean what (``docs/import-history.md``).

Pure: takes the parsed TOML, returns dataclasses, or raises ``InvalidMapping`` that names the key.
"""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..enums import Stage
from ..errors import FunnelError
from .currencies import CURRENCIES

LEAD_COLUMNS = frozenset(
    {
        "external_id",
        "entered_at",
        "stage",
        "disqualified_at",
        "reason",
        "source",
        "landing_page",
        "campaign",
        "email",
        "first_name",
        "last_name",
        "phone",
        "job_title",
        "company_name",
        "country",
    }
)
ENDS = ("won_at", "lost_at")
"""How a deal ended: a file has one of these columns, or both and in each row one of them."""

DEAL_COLUMNS = frozenset({"lead", *ENDS, "reason", "sql_at", "opportunity_at", "sdr", "ae", "amount"})
REQUIRED = {"leads": ("external_id", "entered_at"), "deals": ("lead",)}
ENTRY_STAGES = (Stage.NEW_NAME, Stage.ENGAGED, Stage.TARGET, Stage.MQL)
"""Further stages need a person who decided: they come from the deals file."""


class InvalidMapping(FunnelError):
    """The mapping file cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class FileMapping:
    """``columns``: our name to the export's; ``data``: further columns kept as they are, by name.
    ``delimiter`` and ``encoding`` None: found out. ``date_format`` None: ISO 8601."""

    file: str
    columns: Dict[str, str]
    data: Dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: str = "."

    @property
    def all_columns(self) -> set[str]:
        return {*self.columns.values(), *self.data.values()}


@dataclass(frozen=True, slots=True)
class Mapping:
    """``stage``: how far the leads of the leads file had come when they entered, where their row does not
    say so."""

    leads: FileMapping
    deals: FileMapping | None
    stage: Stage
    currency: str


def read_mapping(document: Dict[str, Any]) -> Mapping:
    _known(document, {"leads", "deals"}, "")
    leads = dict(_table(document, "leads"))
    stage = leads.pop("stage", Stage.MQL)
    if stage not in ENTRY_STAGES:
        raise InvalidMapping(
            _("leads.stage must be one of %(stages)s.") % {"stages": ", ".join(ENTRY_STAGES)}
        )
    deals = dict(_table(document, "deals")) if "deals" in document else None
    currency = deals.pop("currency", "EUR") if deals else "EUR"
    if currency not in CURRENCIES:
        raise InvalidMapping(_("deals.currency must be an ISO 4217 code, such as EUR."))
    return Mapping(
        leads=_file(leads, "leads", LEAD_COLUMNS),
        deals=_file(deals, "deals", DEAL_COLUMNS) if deals is not None else None,
        stage=Stage(stage),
        currency=currency,
    )


def _file(table: dict[str, Any], name: str, allowed: frozenset[str]) -> FileMapping:
    _known(table, {"file", "columns", "data", "delimiter", "encoding", "date_format", "decimal"}, f"{name}.")
    columns = _texts(_table(table, "columns", f"{name}."), f"{name}.columns.")
    _known(columns, allowed, f"{name}.columns.")
    for needed in REQUIRED[name]:
        if needed not in columns:
            raise InvalidMapping(_("%(key)s is missing.") % {"key": f"{name}.columns.{needed}"})
    if name == "deals" and not set(ENDS) & set(columns):
        raise InvalidMapping(_("%(key)s is missing.") % {"key": f"{name}.columns.{ENDS[0]}"})
    options = _texts({k: v for k, v in table.items() if k not in ("columns", "data")}, f"{name}.")
    if "file" not in options:
        raise InvalidMapping(_("%(key)s is missing.") % {"key": f"{name}.file"})
    if len(options.get("delimiter", ",")) != 1 or options.get("decimal", ".") not in (".", ","):
        raise InvalidMapping(
            _("%(table)s: the delimiter is one character, the decimal sign a point or a comma.")
            % {"table": name}
        )
    return FileMapping(columns=columns, data=_texts(table.get("data", {}), f"{name}.data."), **options)


def _table(document: Dict[str, Any], key: str, place: str = "") -> Dict[str, Any]:
    found = document.get(key)
    if not isinstance(found, dict):
        raise InvalidMapping(_("%(key)s must be a table.") % {"key": f"[{place}{key}]"})
    return found


def _texts(table: Any, place: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise InvalidMapping(_("%(key)s must be a table.") % {"key": f"[{place.rstrip('.')}]"})
    for key, value in table.items():
        if not isinstance(value, str) or not value:
            raise InvalidMapping(_("%(key)s must be a text.") % {"key": place + key})
    return dict(table)


def _known(table: Dict[str, Any], allowed: set[str] | frozenset[str], place: str) -> None:
    for key in table:
        if key not in allowed:
            raise InvalidMapping(_("%(key)s is not known here.") % {"key": place + key})
