"""Reports that come by the clock: one row of the outbox for each report, person and day."""

from datetime import datetime

from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named

from ..enums import MailKind
from ..models import Mail
from ..rules.reports import Reader, Report, readers_of
from ..rules.sending import Issue, Timetable, context_of, issue_due, issue_now
from ..selectors.policies import current_book
from ..selectors.report_mails import everybody, reports, timetable
from .mailing import new_mail


def write_reports(*, at: datetime) -> int:
    """Write every report that is due and not yet written; how many.

    The key names report, person and day (of a weekly one the Monday), so many processes at once, a
    changed time of day or a second receiver's entry write one row; delivery, with its lease and a
    Message-ID made of the key, is that of every mail. What the engine slept through goes out later the
    same day (a weekly one in the same week); a day or week that has passed is not made up for.
    """
    active = [report for report in reports().values() if report.is_active]
    if not active:
        return 0
    people, book = everybody(), current_book()
    mails = [
        _mail(report, reader, issue, at)
        for report in active
        for reader, issue in _due(report, timetable(report, book), people, at)
    ]
    known = set(Mail.objects.filter(key__in=[mail.key for mail in mails]).values_list("key", flat=True))
    fresh = [mail for mail in mails if mail.key not in known]
    Mail.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def send_test(*, kind: MailKind, to: User, at: datetime) -> None:
    """What would go out now, to one person; asked for twice within a minute it is sent once."""
    Mail.objects.bulk_create([trial_mail(reports()[kind], to=to, at=at)], ignore_conflicts=True)


def trial_mail(report: Report, *, to: User, at: datetime) -> Mail:
    """Not saved. As if the report were due at this moment."""
    mail = new_mail(
        key=f"test:{report.kind}:{to.pk}:{at:%Y%m%d%H%M}",
        kind=report.kind,
        person_id=to.pk,
        address=to.email,
        at=at,
        lead_id=None,
    )
    table = timetable(report, current_book())
    issue = issue_now(table, at=at, zone=zone_named(to.time_zone))
    mail.context = {**context_of(issue), "test": True}
    return mail


def _due(report: Report, table: Timetable, people: list[Reader], at: datetime) -> list[tuple[Reader, Issue]]:
    found = []
    for reader in readers_of(report, people):
        issue = issue_due(table, at=at, zone=zone_named(reader.time_zone))
        if issue is not None:
            found.append((reader, issue))
    return found


def _mail(report: Report, reader: Reader, issue: Issue, at: datetime) -> Mail:
    mail = new_mail(
        key=f"{report.kind}:{reader.id}:{issue.day.isoformat()}",
        kind=report.kind,
        person_id=reader.id,
        address=reader.address,
        at=at,
        lead_id=None,
    )
    mail.context = context_of(issue)
    return mail
