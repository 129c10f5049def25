"""The promises of an agreement in numbers: by stretch and group, and exactly what is behind each."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import Reason, Stage, Status
from funnel.models import Assignment, Journey, Opportunity
from funnel.rules.periods import Span
from leads.models import Lead
from sla.enums import (
    ClockState,
    DisputeKind,
    DisputeState,
    Outcome,
    Per,
    PromiseKind,
    SplitBy,
    Standing,
    TimeBase,
)
from sla.models import Clock, Dispute
from sla.rules.measure import (
    DAY,
    Fact,
    Now,
    Term,
    bucket,
    buckets,
    days_needed,
    each,
    seen_since,
    standing,
    stretch,
    total,
    weeks_before,
)
from sla.rules.pace import pace_of_count
from sla.rules.policy import Timekeeper
from sla.rules.promises import Kept
from sla.selectors.measure import CLOCKS, Card, behind, cards
from sla.selectors.measure_words import fact_words, pace_words
from sla.selectors.queue import NO_CALENDAR
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User
from tests.accounts.factories import make_team, make_user
from tests.funnel.factories import make_journey
from tests.sla.ladders import make_ladders

UTC = ZoneInfo("UTC")
YEAR = Span(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
MARCH = Span(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
NOON = dt.datetime(2026, 3, 16, 12, tzinfo=dt.UTC)
NOW = Now(NOON, UTC, Timekeeper(TimeBase.WALL, NO_CALENDAR))
MQLS = Term(1, PromiseKind.MQLS, Side.MARKETING, monthly={dt.date(2026, 3, 1): 62})
CONTACT = Term(2, PromiseKind.FIRST_CONTACT, Side.SALES, number=5, target=90.0)
ACCEPTED = Term(3, PromiseKind.ACCEPTED_SHARE, Side.SALES, target=70.0)
DEPTH = Term(4, PromiseKind.ATTEMPTS, Side.SALES, number=5, target=100.0)
VALUE = Term(5, PromiseKind.MQL_VALUE, Side.MARKETING, monthly={dt.date(2026, 3, 1): 3100}, currency="EUR")

days_of = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
calmly = settings(deadline=None, max_examples=60)


@calmly
@given(day=days_of, per=st.sampled_from(Per))
def test_stretches_tile_the_period(day: dt.date, per: Per) -> None:
    spans = buckets(day, per, YEAR)
    days = [one for span in spans for one in each(span)]
    assert days == list(each(Span(spans[0].first, spans[-1].last))) and day in each(spans[-1])


@calmly
@given(day=days_of)
def test_the_days_of_a_month_add_up_to_it(day: dt.date) -> None:
    month = bucket(day, Per.MONTH, YEAR)
    days = {one: Fact(Kept(kept=one.day, missed=1)) for one in each(YEAR)}
    parts = [total(days, bucket(one, Per.DAY, YEAR)) for one in each(month)]
    assert sum(parts, Fact()) == total(days, month)


def test_a_stretch_ends_with_the_period() -> None:
    period = Span(dt.date(2026, 3, 10), dt.date(2026, 3, 20))
    assert bucket(NOON.date(), Per.MONTH, period) == period
    assert bucket(dt.date(2026, 3, 10), Per.WEEK, period) == Span(period.first, dt.date(2026, 3, 15))


def count_of(done: int, day: int = 16) -> Any:
    at = NOON.replace(day=day)
    now = Now(at, UTC, NOW.keeper)
    return stretch(MQLS, MARCH, {at.date(): Fact(Kept(kept=done))}, now)


@pytest.mark.parametrize(
    ("done", "day", "stands"),
    [(61, 31, Standing.OPEN), (62, 20, Standing.KEPT), (62, 31, Standing.KEPT)],
)
def test_a_count_is_kept_as_soon_as_it_is_reached(done: int, day: int, stands: Standing) -> None:
    assert count_of(done, day).standing == stands


def test_a_count_is_missed_only_when_the_stretch_is_over() -> None:
    fact = Fact(Kept(kept=61))
    stands = [standing(MQLS, fact, 62, is_over=over) for over in (False, True)]
    assert stands == [Standing.OPEN, Standing.MISSED]


@pytest.mark.parametrize(
    ("kept", "is_over", "stands"),
    [
        (Kept(kept=9, missed=1), True, Standing.KEPT),
        (Kept(kept=8, missed=2), True, Standing.MISSED),
        (Kept(kept=8, missed=1, open=1), True, Standing.OPEN),
        (Kept(kept=8, late=2, open=3), True, Standing.MISSED),
        (Kept(kept=9, missed=1), False, Standing.OPEN),
        (Kept(), True, Standing.NOTHING),
    ],
)
def test_a_share_is_decided_once_nothing_can_change_it(kept: Kept, is_over: bool, stands: Standing) -> None:
    assert standing(CONTACT, Fact(kept), None, is_over=is_over) == stands


def test_what_was_promised_for_each_lead_is_missed_with_the_first() -> None:
    """And not behind pace: no later one makes it good."""
    kept = [Kept(kept=5, open=1), Kept(kept=5, missed=1, open=1)]
    assert [standing(DEPTH, Fact(one), None, is_over=False) for one in kept] == [
        Standing.OPEN,
        Standing.MISSED,
    ]


def test_what_is_due_by_now_is_the_plans_part() -> None:
    one = count_of(20)
    assert (one.plan, one.due, one.done) == (62, 32, 20.0)


def test_the_pace_is_that_of_the_last_four_weeks() -> None:
    days = {day: Fact(Kept(kept=2)) for day in each(Span(dt.date(2026, 1, 1), NOON.date()))}
    one = stretch(MQLS, MARCH, days, NOW)
    hours = 27 * 24 + 12
    assert one.pace == pace_of_count(
        done=32, seen=56, passed=hours * 3600, left=(15 * 24 + 12) * 3600, plan=62
    )


@pytest.mark.parametrize(
    ("came", "day", "stands"),
    [
        ({}, 1, Standing.OPEN),
        ({}, 2, Standing.BEHIND),
        ({1: 1}, 2, Standing.BEHIND),
        ({1: 2}, 2, Standing.OPEN),
        ({1: 4}, 3, Standing.OPEN),
    ],
)
def test_a_count_is_behind_when_yesterdays_part_is_missing(
    came: dict[int, int], day: int, stands: Standing
) -> None:
    """Two a day are planned; today goes on."""
    now = Now(NOON.replace(day=day), UTC, NOW.keeper)
    days = {dt.date(2026, 3, one): Fact(Kept(kept=n)) for one, n in came.items()}
    assert stretch(MQLS, MARCH, days, now).standing == stands


def test_what_will_be_made_good_at_this_rate_is_not_behind() -> None:
    """28 of 30 due, after four weeks of three a day."""
    days = {day: Fact(Kept(kept=3)) for day in each(Span(dt.date(2026, 1, 1), dt.date(2026, 2, 28)))}
    days |= {NOON.date(): Fact(Kept(kept=28))}
    assert stretch(MQLS, MARCH, days, NOW).standing == Standing.OPEN


@pytest.mark.parametrize(
    ("kept", "stands"),
    [
        (Kept(kept=9, missed=1, open=2), Standing.OPEN),
        (Kept(kept=8, late=1, missed=1, open=2), Standing.BEHIND),
        (Kept(open=2), Standing.OPEN),
    ],
)
def test_a_share_is_behind_below_what_was_agreed(kept: Kept, stands: Standing) -> None:
    assert stretch(CONTACT, MARCH, {NOON.date(): Fact(kept)}, NOW).standing == stands


def test_the_first_day_of_all_has_no_rate() -> None:
    """That nothing came in the weeks before says nothing of a promise that began today."""
    first = Now(NOON.replace(day=1), UTC, NOW.keeper)
    assert pace_words(stretch(MQLS, MARCH, {}, first)) == ""
    assert "At this rate 0 % of the plan" in pace_words(stretch(MQLS, MARCH, {}, NOW))


def test_before_the_first_lead_no_time_counts() -> None:
    days = {dt.date(2026, 3, 10): Fact(Kept(kept=5))}
    assert seen_since(dt.date(2026, 3, 1), days, NOON.date()) == dt.date(2026, 3, 10)
    assert weeks_before(days, NOON.date()) == [5]


def test_what_is_over_has_no_pace() -> None:
    assert stretch(MQLS, Span(dt.date(2026, 2, 1), dt.date(2026, 2, 28)), {}, NOW).pace is None


def test_enough_days_are_read_for_the_pace() -> None:
    span = days_needed(buckets(NOON.date(), Per.DAY, YEAR))
    assert span == Span(dt.date(2026, 1, 19), NOON.date())


def test_it_is_said_in_words() -> None:
    days = {day: Fact(Kept(kept=2)) for day in each(Span(dt.date(2026, 1, 1), NOON.date()))}
    one = stretch(MQLS, MARCH, days, NOW)
    assert fact_words(one) == "32 of 32 due by now (plan: 62)"
    assert pace_words(one).startswith(
        "At this rate 103 % of the plan by 31 March: 64, eight times out of ten"
    )


def test_a_share_is_said_in_words() -> None:
    days = {NOON.date() - DAY: Fact(Kept(kept=19, late=1, open=2))}
    one = stretch(CONTACT, MARCH, days, NOW)
    assert fact_words(one) == "95 % (19 of 20 decided; 2 open); agreed: 90 %"
    assert "by 31 March" in pace_words(one) and "chance of keeping it" in pace_words(one)


# On the database


def card_of(term: Term, *, by: SplitBy = SplitBy.REP, per: Per = Per.MONTH, at: dt.datetime = NOON) -> Card:
    now = Now(at, UTC, NOW.keeper)
    (found,) = cards([term], period=YEAR, day=at.date(), per=per, by=by, now=now)
    return found


def delivered(at: dt.datetime = NOON, *, owner: User | None = None, **fields: Any) -> Journey:
    journey = make_journey(
        fields.pop("stage", Stage.MQL), **{"mql_at": at, "stage_since": at, "entered_at": at - DAY, **fields}
    )
    Lead.objects.filter(pk=journey.lead_id).update(owner=owner)
    return journey


@pytest.mark.django_db
def test_mqls_count_by_the_day_of_the_hand_off() -> None:
    delivered(), delivered(NOON - 20 * DAY), delivered(NOON - DAY)
    found = card_of(MQLS)
    assert [one.done for one in found.series] == [0.0, 1.0, 2.0]


@pytest.mark.django_db
def test_an_mql_that_the_mediator_struck_counts_no_more() -> None:
    struck = delivered()
    delivered()
    judged = {"decided_by": make_user(role=Role.ADMIN), "decided_at": NOON, "decision": "A student."}
    raised = {"raised_by": make_user(role=Role.SDR), "raised_at": NOON, **judged}
    Dispute.objects.create(journey=struck, kind=DisputeKind.NO_MQL, state=DisputeState.UPHELD, **raised)
    assert card_of(MQLS).now.done == 1.0


@pytest.mark.django_db
def test_a_promise_by_source_counts_its_source_only() -> None:
    delivered(source="google"), delivered(source="fair")
    term = Term(1, PromiseKind.MQLS, Side.MARKETING, "google")
    assert card_of(term).now.done == 1.0


@pytest.mark.django_db
def test_what_sales_gave_back_breaks_the_share_accepted() -> None:
    delivered(stage=Stage.SQL, sql_at=NOON), delivered()
    delivered(status=Status.RECYCLED, reason=Reason.NOT_READY, closed_at=NOON)
    assert card_of(ACCEPTED).now.fact.kept == Kept(kept=1, missed=1, open=1)


@pytest.mark.django_db
def test_groups_add_up_to_the_whole() -> None:
    team = make_team(Side.SALES)
    reps = [make_user(role=Role.SDR, team=team), make_user(role=Role.SDR)]
    make_ladders([reps[0], reps[0], reps[1], None], due_at=NOON)
    Clock.objects.filter(owner=reps[1]).update(state=ClockState.MET, ended_at=NOON)
    for by, sizes in ((SplitBy.REP, [2, 1, 1]), (SplitBy.TEAM, [2, 2]), (SplitBy.SOURCE, [4])):
        found = card_of(CONTACT, by=by, at=NOON + dt.timedelta(hours=1))
        counts = [group.stretch.fact.kept.given for group in found.groups]
        assert (counts, sum(counts)) == (sizes, found.now.fact.kept.given)


@pytest.mark.django_db
@pytest.mark.parametrize("term", [MQLS, CONTACT, ACCEPTED, DEPTH], ids=lambda term: term.kind)
@pytest.mark.parametrize("by", SplitBy)
def test_behind_each_number_is_exactly_what_it_counted(term: Term, by: SplitBy) -> None:
    team = make_team(Side.SALES)
    reps = [make_user(role=Role.SDR, team=team), make_user(role=Role.SDR), None]
    for number, rep in enumerate(reps):
        make_ladders([rep] * (number + 1), due_at=NOON - number * DAY)
    Journey.objects.filter(pk__in=list(Journey.objects.values_list("pk", flat=True)[:2])).update(
        status=Status.RECYCLED, reason=Reason.NOT_READY, closed_at=NOON, source="fair"
    )
    at = NOON + dt.timedelta(hours=1)
    found = card_of(term, by=by, at=at)
    for group in found.groups:
        kept = group.stretch.fact.kept
        listed = {
            outcome: behind(term, MARCH, at=at, outcome=outcome, by=by, key=group.key).count()
            for outcome in Outcome
        }
        assert list(listed.values()) == [kept.kept, kept.late, kept.missed, kept.open]
    broken = behind(term, MARCH, at=at, outcome="broken").count()
    assert (broken, found.now.fact.kept.given > 0) == (found.now.fact.broken, True)


def handed_on(journey: Journey, *owners: User | None) -> None:
    """Each an hour after the one before; the last one has the lead now."""
    assert journey.mql_at is not None
    for hours, owner in enumerate(owners):
        at = journey.mql_at + hours * dt.timedelta(hours=1)
        Assignment.objects.filter(journey=journey, ended_at=None).update(ended_at=at)
        Assignment.objects.create(journey=journey, lead=journey.lead, user=owner, assigned_at=at)
    Lead.objects.filter(pk=journey.lead_id).update(owner=owners[-1])


@pytest.mark.django_db
@pytest.mark.parametrize("term", [MQLS, VALUE, ACCEPTED], ids=lambda term: term.kind)
def test_an_mql_is_of_whom_it_was_handed_to_whoever_has_it_now(term: Term) -> None:
    """One waited for an owner first, one was given on, one came back and is nobody's, one nobody got."""
    first, second = (make_user(role=Role.SDR, team=make_team(Side.SALES)) for _n in range(2))
    mqls = [delivered() for _n in range(4)]
    handed_on(mqls[0], None, first), handed_on(mqls[1], first, second), handed_on(mqls[2], second, None)
    handed_on(mqls[3], None)
    for by, keys in (
        (SplitBy.REP, (str(first.pk), str(second.pk))),
        (SplitBy.TEAM, (str(first.team_id), str(second.team_id))),
    ):
        groups = {one.key: one.stretch.fact.kept.given for one in card_of(term, by=by).groups}
        assert groups == {keys[0]: 2, keys[1]: 1, "": 1}
        listed = [set(behind(term, MARCH, at=NOON, by=by, key=key)) for key in (*keys, "")]
        assert listed == [{mqls[0], mqls[1]}, {mqls[2]}, {mqls[3]}]


@pytest.mark.django_db
def test_an_mql_is_worth_what_its_level_came_to() -> None:
    """20 borrowed MQLs of the mean (8,000 / 4 = 2,000): (8,000 + 40,000) / 22 and 40,000 / 22."""
    past = dt.datetime(2025, 6, 2, 12, tzinfo=dt.UTC)
    for level, won in (("chief", True), ("chief", False), ("manager", False), ("manager", False)):
        journey = delivered(past, stage=Stage.CUSTOMER if won else Stage.MQL)
        Lead.objects.filter(pk=journey.lead_id).update(seniority=level)
        if won:
            Opportunity.objects.create(
                journey=journey, amount=8000, currency="EUR", status="won", opened_at=past, closed_at=past
            )
    for level in ("chief", "manager", ""):
        Lead.objects.filter(pk=delivered().lead_id).update(seniority=level)
    found = card_of(VALUE)
    assert found.worth is not None
    assert (found.worth.of("chief"), found.worth.of("manager"), found.worth.of("")) == (
        Decimal("2181.82"), Decimal("1818.18"), Decimal("2000.00"),
    )  # fmt: skip
    assert (found.now.fact.value, found.now.standing) == (Decimal("6000.00"), Standing.KEPT)


@pytest.mark.django_db
@pytest.mark.parametrize("leads", [1, 3])
def test_a_promise_costs_the_same_at_any_size(leads: int, django_assert_num_queries: Any) -> None:
    make_ladders([make_user(role=Role.SDR)] * leads, due_at=NOON)
    with django_assert_num_queries(7):  # names once, and on clocks five for all promises
        cards([MQLS, CONTACT], period=YEAR, day=NOON.date(), per=Per.WEEK, by=SplitBy.REP, now=NOW)


@pytest.mark.django_db
def test_promises_with_clocks_are_counted_together_and_as_if_alone(django_assert_num_queries: Any) -> None:
    reps = [make_user(role=Role.SDR) for _ in range(3)]
    for kind, some in zip(CLOCKS.values(), (reps, reps[:2], reps[:1]), strict=True):
        made = make_ladders(some, due_at=NOON)
        Clock.objects.filter(pk__in=[clock.pk for clock in made]).update(kind=kind)
    terms = [Term(n, kind, Side.SALES, number=5, target=90.0) for n, kind in enumerate(CLOCKS, 2)]
    asked: Any = {"period": YEAR, "day": NOON.date(), "per": Per.WEEK, "by": SplitBy.REP, "now": NOW}
    with django_assert_num_queries(5):  # names once, days with sums, without any by clocks and by attempts
        together = cards(terms, **asked)
    assert together == [card for term in terms for card in cards([term], **asked)]
    assert [(card.now.fact.kept.given, len(card.groups)) for card in together] == [(3, 3), (2, 2), (1, 1)]
