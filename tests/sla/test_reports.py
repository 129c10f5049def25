"""The nightly reports: to whom, once, and what they tell."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail as post
from django.db import connection

from funnel.enums import Reason, Stage, Status
from funnel.models import Journey, StageTarget
from leads.models import Lead
from sla.enums import Audience, ClockState, MailKind, MailState, ReportPart
from sla.models import Clock, Mail, ReportMail
from sla.rules.reports import Reader, Report, is_meant
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.report_setup import default_values, install_reports, save_report
from sla.services.reports import send_test, write_reports
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_team, make_user
from tests.funnel.factories import make_journey
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY = datetime(2026, 3, 10, 19, tzinfo=UTC)
"""When a nightly report is due to a reader in UTC."""


def set_up(kind: MailKind, *, people: Any = (), teams: Any = (), **changed: Any) -> ReportMail:
    values = {**default_values(kind), "is_active": True, **changed}
    return save_report(kind=kind, values=values, people=people, teams=teams, actor=None, at=MONDAY)


def sent(at: datetime = TUESDAY) -> list[Any]:
    write_reports(at=at)
    deliver_due(at=at)
    return post.outbox


def test_until_somebody_switches_them_on_there_are_none() -> None:
    make_user(role=Role.MARKETER), make_user(role=Role.SDR)
    assert write_reports(at=TUESDAY) == 0


def test_each_team_gets_its_own() -> None:
    install_reports(at=MONDAY)
    marketer, rep = make_user(role=Role.MARKETER), make_user(role=Role.SDR)
    write_reports(at=TUESDAY)
    assert set(Mail.objects.values_list("kind", "recipient")) == {
        (MailKind.DELIVERED, marketer.pk),
        (MailKind.NOT_ON_IT, rep.pk),
    }


def test_twice_is_once_and_the_next_day_is_another() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    hours = [write_reports(at=TUESDAY + n * HOUR) for n in (-1, 0, 1, 4, 5, 23, 24)]
    assert hours == [0, 1, 0, 0, 0, 0, 1]


def test_down_over_the_time_it_is_sent_once_later_that_day() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    assert [write_reports(at=TUESDAY + 4 * HOUR), write_reports(at=TUESDAY + 4.5 * HOUR)] == [1, 0]


def test_down_for_days_only_todays_is_sent() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    write_reports(at=TUESDAY)
    write_reports(at=TUESDAY + 3 * DAY)
    assert sorted(Mail.objects.values_list("context__day", flat=True)) == ["2026-03-10", "2026-03-13"]


def test_a_time_moved_to_later_the_same_day_sends_no_second() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    write_reports(at=TUESDAY)
    set_up(MailKind.DELIVERED, time=time(21))
    assert write_reports(at=TUESDAY + 3 * HOUR) == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_write_one() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)

    def write(_: int) -> int:
        try:
            return write_reports(at=TUESDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    assert Mail.objects.count() == 1


def test_a_worker_killed_before_sending_leaves_it_to_the_next() -> None:
    """Leased and never tried: after the lease it goes out, with the same Message-ID, once."""
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    write_reports(at=TUESDAY)
    Mail.objects.update(leased_until=TUESDAY + timedelta(seconds=90))
    for seconds in (60, 91, 200):
        tick(at=TUESDAY + timedelta(seconds=seconds))
    assert [one.extra_headers["Message-ID"] for one in post.outbox] == [Mail.objects.get().message_id]


def test_whoever_is_meant_twice_gets_it_once() -> None:
    team = make_team(Side.MARKETING)
    marketer = make_user(role=Role.MARKETER, team=team)
    set_up(MailKind.DELIVERED, people=[marketer.pk], teams=[team.pk])
    assert [one.to for one in sent()] == [[marketer.email]]


def test_people_and_teams_get_it_whatever_they_do() -> None:
    team = make_team(Side.SALES)
    rep, admin, other = make_user(role=Role.AE, team=team), make_user(role=Role.ADMIN), make_user()
    set_up(MailKind.DELIVERED, people=[admin.pk], teams=[team.pk], audiences=[])
    assert ({one.to[0] for one in sent()}, other.is_active) == ({rep.email, admin.email}, True)


@pytest.mark.parametrize("fields", [{"nightly_mail": False}, {"is_active": False}, {"email": ""}])
def test_who_gets_none(fields: dict[str, Any]) -> None:
    set_up(MailKind.DELIVERED)
    reader = make_user(role=Role.MARKETER)
    User.objects.filter(pk=reader.pk).update(**fields)
    assert write_reports(at=TUESDAY) == 0


@pytest.mark.parametrize("change", ["person", "report"])
def test_switched_off_before_it_went_out_it_is_not_sent(change: str) -> None:
    set_up(MailKind.DELIVERED)
    reader = make_user(role=Role.MARKETER)
    write_reports(at=TUESDAY)
    if change == "person":
        User.objects.filter(pk=reader.pk).update(nightly_mail=False)
    else:
        set_up(MailKind.DELIVERED, is_active=False)
    deliver_due(at=TUESDAY)
    assert (post.outbox, Mail.objects.get().state) == ([], MailState.SKIPPED)


def reader(role: str, side: str = "", *, head: bool = False) -> Reader:
    return Reader(1, "a@b.example", role, "UTC", None, side, head, True, True)


@pytest.mark.parametrize(
    ("audience", "person", "meant"),
    [
        (Audience.MARKETING, reader(Role.MARKETER), True),
        (Audience.MARKETING, reader(Role.MANAGER, Side.MARKETING), True),
        (Audience.MARKETING, reader(Role.MANAGER, Side.SALES), False),
        (Audience.SALES, reader(Role.SDR), True),
        (Audience.SALES, reader(Role.AE), True),
        (Audience.SALES, reader(Role.MARKETER), False),
        (Audience.HEADS, reader(Role.MANAGER, head=True), True),
        (Audience.HEADS, reader(Role.MANAGER), False),
        (Audience.EXECUTIVES, reader(Role.EXECUTIVE), True),
        (Audience.ADMINS, reader(Role.EXECUTIVE), False),
        (Audience.ADMINS, reader(Role.ADMIN), True),
    ],
)
def test_who_is_meant(audience: Audience, person: Reader, meant: bool) -> None:
    report = Report(
        MailKind.DELIVERED, True, time(19), frozenset({0}), frozenset({audience}), (ReportPart.PLAN,)
    )
    assert is_meant(report, person) == meant


def test_the_weekly_one_goes_to_both_heads_and_the_ceo_but_not_below() -> None:
    rep, boss, ceo = make_chain()
    middle = make_user(role=Role.MANAGER, reports_to=boss)
    write_reports(at=MONDAY)
    readers = set(Mail.objects.filter(kind=MailKind.WEEKLY).values_list("recipient", flat=True))
    assert readers == {boss.pk, ceo.pk} and not {rep.pk, middle.pk} & readers


def delivered(count: int, at: datetime) -> None:
    for _ in range(count):
        make_journey(Stage.MQL, mql_at=at, stage_since=at, entered_at=at - HOUR, source="google")


def test_marketing_is_told_what_was_delivered_against_plan() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER)
    StageTarget.objects.create(month=TUESDAY.date().replace(day=1), stage=Stage.MQL, count=62)
    delivered(3, TUESDAY - HOUR), delivered(15, TUESDAY - 4 * DAY)
    (message,) = sent()
    assert message.subject == "Delivered so far: 18 of 20 due by now (plan: 62)"
    assert "- Today: 3 of 2 planned" in message.body and "- google: 18" in message.body
    assert "At this rate" in message.body


def test_switched_off_parts_are_not_told() -> None:
    set_up(MailKind.DELIVERED, parts=[ReportPart.VERDICTS])
    make_user(role=Role.MARKETER)
    delivered(1, TUESDAY - HOUR)
    (message,) = sent()
    assert ("google" in message.body, "0 accepted, 0 given back" in message.body) == (False, True)


def test_it_is_in_the_readers_language_and_in_html_too() -> None:
    set_up(MailKind.DELIVERED)
    make_user(role=Role.MARKETER, language="es")
    (message,) = sent()
    html = message.alternatives[0][0]
    assert message.subject.startswith("Entregados hasta ahora") and 'lang="es"' in html


def missed(rep: User, due_at: datetime, **fields: Any) -> Clock:
    (clock,) = make_ladders([rep], due_at=due_at)
    Clock.objects.filter(pk=clock.pk).update(**fields)
    return clock


def test_sales_is_told_who_was_not_contacted_in_time_since_the_last_mail() -> None:
    set_up(MailKind.NOT_ON_IT, parts=[ReportPart.NOT_CONTACTED, ReportPart.BY_REP])
    rep, _boss, _ceo = make_chain()
    inside, before = TUESDAY - HOUR, TUESDAY - 25 * HOUR
    never = missed(rep, inside, state=ClockState.BREACHED, breached_at=inside)
    unsaid = missed(rep, inside)
    late = missed(rep, inside, state=ClockState.MET_LATE, breached_at=inside, ended_at=TUESDAY)
    missed(rep, before, state=ClockState.BREACHED, breached_at=before)
    missed(rep, inside, state=ClockState.MET, ended_at=inside)
    missed(rep, TUESDAY + HOUR)
    message = next(one for one in sent() if one.to == [rep.email])
    named = [clock.lead_id for clock in (never, unsaid, late)]
    assert message.subject == "Don't be on it: 3 leads"
    assert [f"/leads/{pk}/" in message.body for pk in named] == [True] * 3
    assert message.body.count("/leads/") == 3 and f"- {rep}: 3" in message.body


def test_a_miss_is_told_one_night_only() -> None:
    set_up(MailKind.NOT_ON_IT, parts=[ReportPart.NOT_CONTACTED], even_if_empty=False)
    rep, _boss, _ceo = make_chain()
    missed(rep, TUESDAY - HOUR, state=ClockState.BREACHED, breached_at=TUESDAY - HOUR)
    told = [len([one for one in sent(TUESDAY + n * DAY) if one.to == [rep.email]]) for n in range(3)]
    assert told == [1, 1, 1]


def test_two_weeks_old_under_the_agreed_attempts() -> None:
    set_up(MailKind.NOT_ON_IT, parts=[ReportPart.FEW_ATTEMPTS])
    rep, _boss, _ceo = make_chain()
    old = missed(rep, TUESDAY - 14 * DAY)
    missed(rep, TUESDAY - 13 * DAY)
    message = next(one for one in sent() if one.to == [rep.email])
    assert f"/leads/{old.lead_id}/" in message.body and message.body.count("/leads/") == 1
    assert "0 of 5 agreed attempts" in message.body


def test_given_up_under_the_agreed_attempts() -> None:
    set_up(MailKind.NOT_ON_IT, parts=[ReportPart.FEW_ATTEMPTS])
    rep, _boss, _ceo = make_chain()
    clock = missed(rep, TUESDAY - 5 * HOUR, state=ClockState.BREACHED, breached_at=TUESDAY, ended_at=TUESDAY)
    Journey.objects.filter(pk=clock.journey_id).update(
        status=Status.RECYCLED, reason=Reason.NOT_READY, closed_at=TUESDAY - HOUR
    )
    message = next(one for one in sent() if one.to == [rep.email])
    assert "Given up under the agreed attempts" in message.body


def test_names_are_told_only_to_who_may_see_them() -> None:
    set_up(MailKind.NOT_ON_IT)
    rep, _boss, _ceo = make_chain()
    colleague = make_user(role=Role.SDR)
    clock = missed(rep, TUESDAY - HOUR)
    Lead.objects.filter(pk=clock.lead_id).update(last_name="Secret")
    bodies = {one.to[0]: one.body for one in sent()}
    assert ("Secret" in bodies[rep.email], "Secret" in bodies[colleague.email]) == (True, False)
    assert f"- {rep}: 1" in bodies[colleague.email]


def test_fifty_are_named_and_all_are_counted() -> None:
    set_up(MailKind.NOT_ON_IT, parts=[ReportPart.NOT_CONTACTED, ReportPart.BY_REP])
    rep, _boss, _ceo = make_chain()
    due_at = TUESDAY - HOUR
    make_ladders([*[rep] * 52, None], due_at=due_at)
    message = next(one for one in sent() if one.to == [rep.email])
    assert message.subject == "Don't be on it: 53 leads"
    assert [f"- {rep}: 52" in message.body, "- Nobody: 1" in message.body] == [True, True]
    assert message.body.count("still not contacted") == 50 and "and 3 more" in message.body


@pytest.mark.parametrize(("wanted", "mails"), [(True, 1), (False, 0)])
def test_an_empty_list_is_told_only_if_wished(wanted: bool, mails: int) -> None:
    set_up(MailKind.NOT_ON_IT, even_if_empty=wanted)
    make_user(role=Role.SDR)
    assert len(sent()) == mails


def test_a_test_comes_whatever_is_set() -> None:
    admin = make_user(role=Role.ADMIN, nightly_mail=False)
    for _ in range(2):
        send_test(kind=MailKind.DELIVERED, to=admin, at=MONDAY)
    deliver_due(at=MONDAY)
    assert [one.to for one in post.outbox] == [[admin.email]]


def test_a_test_does_not_stand_for_the_real_one() -> None:
    set_up(MailKind.DELIVERED)
    marketer = make_user(role=Role.MARKETER)
    send_test(kind=MailKind.DELIVERED, to=marketer, at=TUESDAY)
    assert write_reports(at=TUESDAY) == 1


def test_every_change_is_told_in_the_audit_log() -> None:
    admin = make_user(role=Role.ADMIN)
    set_up(MailKind.DELIVERED)
    values = default_values(MailKind.DELIVERED)
    save_report(kind=MailKind.DELIVERED, values=values, people=[admin.pk], teams=(), actor=admin, at=TUESDAY)
    change = ConfigChange.objects.filter(kind="sla.reportmail").latest("pk")
    assert (change.actor, {entry["field"] for entry in change.changes}) == (admin, {"is_active", "receivers"})


def test_installing_again_changes_nothing() -> None:
    set_up(MailKind.DELIVERED, is_active=False)
    install_reports(at=MONDAY)
    install_reports(at=TUESDAY)
    active = dict(ReportMail.objects.values_list("kind", "is_active"))
    assert active == {MailKind.DELIVERED: False, MailKind.NOT_ON_IT: True, MailKind.WEEKLY: True}


@pytest.mark.parametrize("readers", [1, 3])
def test_writing_costs_the_same_for_any_number(django_assert_num_queries: Any, readers: int) -> None:
    install_reports(at=MONDAY)
    for _ in range(readers):
        make_user(role=Role.MARKETER)
    write_reports(at=TUESDAY - DAY)
    with django_assert_num_queries(8):
        write_reports(at=TUESDAY)
