"""The weekly mail to the CEO and the heads of both teams: when it is due, once, and what it says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as post
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from sla.enums import MailKind, MailState
from sla.models import Calendar, Holiday, Mail
from sla.rules.reports import DEFAULTS
from sla.rules.sending import Timetable, issue_due
from sla.services.defaults import install_defaults
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.policies import renew_policies
from sla.services.reports import write_reports as write_weekly
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MADRID = "Europe/Madrid"
EIGHT = datetime(2026, 3, 9, 7, tzinfo=UTC)
"""Monday, 08:00 in Madrid."""
MONDAYS = Timetable(DEFAULTS[MailKind.WEEKLY].time, DEFAULTS[MailKind.WEEKLY].weekdays, weekly=True)


def utc(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def chief(**fields: Any) -> User:
    return make_user(role=Role.EXECUTIVE, **{"time_zone": MADRID, **fields})


@pytest.mark.parametrize(("after", "written"), [(-SECOND, 0), (0 * SECOND, 1), (SECOND, 1)])
def test_before_at_and_after_the_hour(after: timedelta, written: int) -> None:
    chief()
    assert write_weekly(at=EIGHT + after) == written


@pytest.mark.parametrize(
    ("at", "zone", "monday", "due"),
    [
        # Madrid springs forward on Sunday 29 March: from then on eight o'clock is an hour earlier in UTC.
        (utc(3, 23, 12), MADRID, date(2026, 3, 23), utc(3, 23, 7)),
        (utc(3, 30, 12), MADRID, date(2026, 3, 30), utc(3, 30, 6)),
        (utc(10, 26, 12), MADRID, date(2026, 10, 26), utc(10, 26, 7)),
        # Sunday evening in UTC is Monday in Auckland; Monday morning in UTC is still Sunday in Honolulu.
        (utc(3, 8, 20), "Pacific/Auckland", date(2026, 3, 9), utc(3, 8, 19)),
        (utc(3, 9, 8), "Pacific/Honolulu", date(2026, 3, 2), utc(3, 2, 18)),
    ],
)
def test_the_week_is_the_readers(at: datetime, zone: str, monday: date, due: datetime) -> None:
    issue = issue_due(MONDAYS, at=at, zone=ZoneInfo(zone))
    assert issue is not None and (issue.day, issue.due_at) == (monday, due)


def test_twice_is_once() -> None:
    reader = chief()
    made = [write_weekly(at=EIGHT + hours * timedelta(hours=1)) for hours in (0, 1, 100)]
    tick(at=EIGHT + timedelta(hours=101))
    assert (made, [message.to for message in post.outbox]) == ([1, 0, 0], [[reader.email]])


def test_the_next_week_is_another_mail() -> None:
    chief()
    made = [write_weekly(at=EIGHT + days * timedelta(days=1)) for days in (6, 7)]
    assert (made, sorted(Mail.objects.values_list("context__monday", flat=True))) == (
        [1, 1],
        ["2026-03-09", "2026-03-16"],
    )


def test_across_the_change_of_clocks_there_is_one_each_week() -> None:
    chief()
    hours = [datetime(2026, 3, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(14 * 24)]
    written = [at for at in hours if write_weekly(at=at)]
    assert written == [datetime(2026, 3, 23, 7, tzinfo=UTC), datetime(2026, 3, 30, 6, tzinfo=UTC)]


@pytest.mark.django_db(transaction=True)
def test_many_processes_write_one() -> None:
    chief()

    def write(_: int) -> int:
        try:
            return write_weekly(at=EIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    assert Mail.objects.count() == 1


def test_the_message_id_is_that_of_person_and_week() -> None:
    reader = chief()
    write_weekly(at=EIGHT)
    deliver_due(at=EIGHT)
    assert post.outbox[0].extra_headers["Message-ID"].startswith(f"<weekly.{reader.pk}.2026-03-09@")


@pytest.mark.parametrize(
    "fields", [{"email": ""}, {"weekly_mail": False}, {"is_active": False}, {"role": Role.SDR}]
)
def test_who_gets_none(fields: dict[str, Any]) -> None:
    reader = chief()
    User.objects.filter(pk=reader.pk).update(**fields)
    assert write_weekly(at=EIGHT) == 0


def test_switched_off_before_it_went_out_it_is_not_sent() -> None:
    reader = chief()
    write_weekly(at=EIGHT)
    User.objects.filter(pk=reader.pk).update(weekly_mail=False)
    deliver_due(at=EIGHT)
    assert (post.outbox, Mail.objects.get().state) == ([], MailState.SKIPPED)


def test_nothing_escalated_is_said() -> None:
    chief()
    write_weekly(at=EIGHT)
    deliver_due(at=EIGHT)
    assert post.outbox[0].subject == "Your week: nothing waits at the top"


def escalate(leads: int = 1) -> tuple[User, User, User]:
    rep, boss, ceo = make_chain()
    User.objects.filter(pk=ceo.pk).update(time_zone=MADRID)
    make_ladders([rep] * leads)
    for minutes in (0, 11, 17):
        tick(at=MONDAY + timedelta(minutes=minutes))
    return rep, boss, ceo


def sent_weekly(at: datetime = MONDAY + timedelta(hours=1)) -> Any:
    write_weekly(at=at)
    post.outbox.clear()
    deliver_due(at=at)
    return post.outbox[-1]


def test_what_waits_is_named_with_rep_and_boss() -> None:
    rep, boss, _ceo = escalate()
    message = sent_weekly()
    assert (message.subject, f"{rep} · {boss}" in message.body) == (
        "Your week: 1 lead waits at the top",
        True,
    )


def test_only_ten_are_named() -> None:
    escalate(leads=12)
    message = sent_weekly()
    assert (message.body.count("/leads/"), "and 2 more" in message.body) == (10, True)


def test_who_may_see_none_of_them_is_told_how_many_wait() -> None:
    ceo = escalate(leads=2)[2]
    elsewhere = make_user(role=Role.MANAGER, reports_to=ceo, time_zone=MADRID)
    sent_weekly()
    [told] = [one.body for one in post.outbox if one.to == [elsewhere.email]]
    assert ("2 leads that are not yours to see wait:" in told, "more" in told) == (True, False)


def test_a_reminder_does_not_join_it() -> None:
    ceo = escalate()[2]
    write_weekly(at=MONDAY + timedelta(hours=1))
    make_ladders([make_chain()[0]], due_at=MONDAY)
    for minutes in (61, 75, 90):
        tick(at=MONDAY + timedelta(minutes=minutes))
    kinds = Mail.objects.filter(recipient=ceo).values_list("kind", flat=True)
    assert sorted(kinds).count(MailKind.WEEKLY) == 1


def test_it_is_in_the_readers_language() -> None:
    reader = chief(language="es")
    write_weekly(at=EIGHT)
    deliver_due(at=EIGHT)
    (message,) = post.outbox
    html = message.alternatives[0][0]
    assert (message.to, message.subject, 'lang="es"' in html) == (
        [reader.email],
        "Su semana: nada escalado está pendiente",
        True,
    )


def test_the_command_without_a_broker_writes_it() -> None:
    reader = chief()
    call_command("sla_run", "--once")
    expected = 0 if issue_due(MONDAYS, at=timezone.now(), zone=ZoneInfo(MADRID)) is None else 1
    assert Mail.objects.filter(recipient=reader, kind=MailKind.WEEKLY).count() == expected


@pytest.mark.parametrize(
    ("holidays", "weekday"),
    [((), 0), ((9,), 1), ((9, 10, 11), 3), (range(9, 16), 0)],
)
def test_it_comes_on_the_first_working_day(holidays: tuple[int, ...], weekday: int) -> None:
    install_defaults(at=EIGHT, time_zone=MADRID)
    calendar = Calendar.objects.get()
    days = {date(2026, 3, day): "" for day in holidays}
    Holiday.objects.bulk_create(Holiday(calendar=calendar, day=day) for day in days)
    renew_policies()
    chief()
    hours = [EIGHT - SECOND + timedelta(hours=n) for n in range(5 * 24)]
    written = [at for at in hours if write_weekly(at=at)]
    assert written == [EIGHT - SECOND + timedelta(days=weekday, hours=1)]
    assert Mail.objects.get().context["monday"] == "2026-03-09"
