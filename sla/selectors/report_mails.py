"""The reports as they are set up, and who reads them."""

from typing import Any

from django.db.models import F, Q

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named

from ..enums import REPORTS, Audience, MailKind, ReportPart
from ..models import ReportMail
from ..rules.reports import DEFAULTS, Reader, Report
from ..rules.sending import Timetable
from .policies import Book, company_calendar


def reports() -> dict[MailKind, Report]:
    """Every kind, set up or not; two statements."""
    stored = {row.kind: row for row in ReportMail.objects.prefetch_related("receivers")}
    return {kind: as_report(stored[kind]) if kind in stored else DEFAULTS[kind] for kind in REPORTS}


def as_report(row: ReportMail) -> Report:
    receivers = list(row.receivers.all())
    return Report(
        kind=MailKind(row.kind),
        is_active=row.is_active,
        time=row.time,
        weekdays=frozenset(row.weekdays),
        audiences=frozenset(Audience(name) for name in row.audiences),
        parts=tuple(ReportPart(name) for name in row.parts),
        time_zone=row.time_zone,
        calendar_id=row.calendar_id,
        people=frozenset(one.person_id for one in receivers if one.person_id),
        teams=frozenset(one.team_id for one in receivers if one.team_id),
        even_if_empty=row.even_if_empty,
    )


def everybody() -> list[Reader]:
    """Whoever may be written to: a small table, read once a round."""
    manager_above = Q(reports_to__role=Role.MANAGER, reports_to__is_active=True)
    rows: Any = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    rows = rows.annotate(side=F("team__side"), has_manager=manager_above)
    columns = ("pk", "email", "role", "time_zone", "team_id", "side", "has_manager")
    return [
        Reader(
            pk, email, role, zone, team, side or "", role == Role.MANAGER and not has_manager, nightly, weekly
        )
        for pk, email, role, zone, team, side, has_manager, nightly, weekly in rows.values_list(
            *columns, "nightly_mail", "weekly_mail"
        )
    ]


def timetable(report: Report, book: Book) -> Timetable:
    """A calendar that lost its hours holds nothing up."""
    calendar = book.calendars.get(report.calendar_id) if report.calendar_id else None
    if report.by_company_calendar:
        calendar = company_calendar()
    return Timetable(
        time=report.time,
        weekdays=report.weekdays,
        weekly=report.kind == MailKind.WEEKLY,
        zone=zone_named(report.time_zone) if report.time_zone else None,
        calendar=calendar,
    )
