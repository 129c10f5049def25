"""The columns that the list of leads can show, on the page and in exports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import Journey

Value = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """``joins``: what has to be selected with the journey, so that a row costs no query. ``timed``: its
    values are moments; the head of a file says in which zone."""

    key: str
    label: Promise | str
    value: Callable[[Any], Value]
    joins: tuple[str, ...] = ()
    timed: bool = False


def _company(journey: Journey) -> str:
    lead = journey.lead
    return str(lead.company or lead.company_name)


def _name(journey: Journey) -> str:
    return f"{journey.lead.first_name} {journey.lead.last_name}".strip()


ALL: tuple[Column, ...] = (
    Column("name", _("Name"), _name),
    Column("email", _("E-mail"), lambda j: j.lead.email),
    Column("phone", _("Phone"), lambda j: j.lead.phone),
    Column("company", _("Company"), _company),
    Column("job_title", _("Job title"), lambda j: j.lead.job_title),
    Column("country", _("Country"), lambda j: j.lead.country),
    Column("stage", _("Stage"), lambda j: str(j.get_stage_display())),
    Column("status", _("Status"), lambda j: str(j.get_status_display())),
    Column("reason", _("Reason"), lambda j: str(j.get_reason_display())),
    Column("grade", _("Grade"), lambda j: j.lead.grade),
    Column("fit", _("Fit"), lambda j: j.lead.fit),
    Column("interest", _("Interest"), lambda j: j.lead.interest),
    Column("intent", _("Intent"), lambda j: j.lead.intent),
    Column("owner", _("Owner"), lambda j: str(j.lead.owner or "")),
    Column("source", _("Source"), lambda j: j.source),
    Column("campaign", _("Campaign"), lambda j: str(j.campaign or ""), ("campaign",)),
    Column("persona", _("Buyer persona"), lambda j: str(j.lead.persona or ""), ("lead__persona",)),
    Column("landing_page", _("Landing page"), lambda j: j.landing_page),
    Column("entered_at", _("Entered"), lambda j: j.entered_at, timed=True),
    Column("stage_since", _("In stage since"), lambda j: j.stage_since, timed=True),
    Column("last_meaningful_at", _("Last interaction"), lambda j: j.lead.last_meaningful_at, timed=True),
)
BY_KEY = {column.key: column for column in ALL}
USUAL = ("stage", "grade", "owner", "source", "stage_since")
"""Beside the name and the company, which the first column of the page always shows."""

ON_PAGE = tuple(column for column in ALL if column.key not in ("name", "company"))
EXPORTED_FIRST = ("name", "company", "email")


def known(keys: Iterable[str]) -> list[str]:
    """Those that exist, in the order of the list; the usual ones when none does."""
    wanted = set(keys)
    return [column.key for column in ON_PAGE if column.key in wanted] or list(USUAL)


def exported(keys: Iterable[str]) -> list[Column]:
    """Who it is first, then the columns of the page."""
    return [BY_KEY[key] for key in dict.fromkeys((*EXPORTED_FIRST, *keys))]
