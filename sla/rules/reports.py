"""Which reports there are, until somebody sets them up, and who gets one."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from smarketing.accounts.enums import REP_ROLES, Role, Side

from ..enums import PARTS_OF, Audience, MailKind, ReportPart

WORKDAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is set up; see ``models.ReportMail``. ``by_company_calendar``: nobody chose one."""

    kind: MailKind
    is_active: bool
    time: dt.time
    weekdays: frozenset[int]
    audiences: frozenset[Audience]
    parts: tuple[ReportPart, ...]
    time_zone: str = ""
    calendar_id: int | None = None
    people: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()
    even_if_empty: bool = True
    by_company_calendar: bool = False

    def tells(self, part: ReportPart) -> bool:
        return part in self.parts


@dataclass(frozen=True, slots=True)
class Reader:
    """An active person with an address. ``is_head``: a manager who reports to no other manager;
    ``wants_nightly`` and ``wants_weekly``: not switched off in the profile."""

    id: int
    address: str
    role: str
    time_zone: str
    team_id: int | None
    side: str
    is_head: bool
    wants_nightly: bool
    wants_weekly: bool


def _report(kind: MailKind, is_active: bool, hour: int, days: frozenset[int], *to: Audience) -> Report:
    return Report(
        kind, is_active, dt.time(hour), days, frozenset(to), PARTS_OF[kind], by_company_calendar=True
    )


DEFAULTS = {
    report.kind: report
    for report in (
        _report(MailKind.DELIVERED, False, 19, WORKDAYS, Audience.MARKETING),
        _report(MailKind.NOT_ON_IT, False, 19, WORKDAYS, Audience.SALES),
        _report(MailKind.WEEKLY, True, 8, frozenset({0}), Audience.HEADS, Audience.EXECUTIVES),
    )
}
"""The nightly ones begin when they are switched on; a weekly mail there has always been."""


def readers_of(report: Report, people: Iterable[Reader]) -> list[Reader]:
    """Who gets it and did not switch it off, whoever they are by: each once."""
    weekly = report.kind == MailKind.WEEKLY
    return [
        reader
        for reader in people
        if (reader.wants_weekly if weekly else reader.wants_nightly) and is_meant(report, reader)
    ]


def is_meant(report: Report, reader: Reader) -> bool:
    return (
        reader.id in report.people
        or reader.team_id in report.teams
        or any(belongs(reader, audience) for audience in report.audiences)
    )


def belongs(reader: Reader, audience: Audience) -> bool:
    manages = reader.role == Role.MANAGER
    return {
        Audience.MARKETING: reader.role == Role.MARKETER or (manages and reader.side == Side.MARKETING),
        Audience.SALES: reader.role in REP_ROLES or (manages and reader.side == Side.SALES),
        Audience.HEADS: manages and reader.is_head,
        Audience.EXECUTIVES: reader.role == Role.EXECUTIVE,
        Audience.ADMINS: reader.role == Role.ADMIN,
    }[audience]
