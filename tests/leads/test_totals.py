"""Scores of many leads at once, against the scores one by one with their reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.rules import scoring as rules
from leads.rules import totals
from leads.rules.conditions import Condition
from leads.rules.replay import NEVER, first_mqls, looks_back
from leads.rules.totals import STAGES, Happened, Looks, Totals, moment_of, stages, time_of

from .factories import one_group
from .test_scoring_rules import NOW, events, facts, rule_sets

leads = st.lists(st.tuples(facts, events, st.integers(-60, 150_000)), max_size=4)
"""What is known of each, what they did, and how many minutes ago they came."""
AGREED = (rules.Threshold("mql", 0, 30, 0), rules.Threshold("target", 10, 0, 0))


def columns(histories):
    """The events of some leads as columns."""
    rows = [
        (place, event)
        for place, own in enumerate(histories)
        for event in sorted(own, key=lambda one: (one.occurred_at, one.id), reverse=True)
    ]
    known = list(dict.fromkeys((event.kind, event.asset) for _place, event in rows))
    what = [known.index((event.kind, event.asset)) for _place, event in rows]
    moments = [moment_of(event.occurred_at) for _place, event in rows]
    return Happened(column(place for place, _event in rows), column(what), column(moments), known)


def column(values):
    return np.array(list(values), dtype=np.int64)


def fixed(both, known):
    return [both.fixed([one.get(field) for field in both.fields]) for one in known]


def first_one_by_one(rule_set, known, own, created, since):
    """Moment by moment, as the scores were then."""
    for moment in sorted({created, *(event.occurred_at for event in own)}):
        then = [event for event in own if event.occurred_at <= moment]
        if rules.qualifies(rule_set.thresholds, rules.score(rule_set, known, then, moment).values) == "mql":
            return moment if moment >= since else None
    return None


@given(rule_sets(), rule_sets(), leads)
def test_totals_are_the_scores_of_each_rule_set(one, other, some):
    """With groups that both have, under other ids and names, as a draft has those of the live rules."""
    copied = replace(other, groups=(*other.groups, *(renamed(group) for group in one.groups)))
    both = Totals(one, copied)
    now = Looks(column(range(len(some))), column(moment_of(NOW) for _ in some), all_known=True)
    found = both.at(now, fixed(both, [known for known, *_ in some]), columns([own for _, own, _ in some]))
    assert [table.tolist() for table in found] == [
        [list(rules.score(rule_set, known, own, NOW).values) for known, own, _minutes in some]
        for rule_set in (one, copied)
    ]


def renamed(group):
    own = tuple(replace(rule, id=rule.id + 1000, name="another") for rule in group.rules)
    return replace(group, id=group.id + 1000, name="another", rules=own)


@given(rule_sets(), rule_sets(), leads, st.integers(-10, 150_000))
def test_first_mqls_are_those_of_a_replay_moment_by_moment(one, other, some, minutes):
    one, other, since = (
        replace(one, thresholds=AGREED),
        replace(other, thresholds=AGREED),
        NOW - timedelta(minutes=minutes),
    )
    created = [NOW - timedelta(minutes=ago) for _known, _own, ago in some]
    happened, both = columns([own for _known, own, _ago in some]), Totals(one, other)
    looks = looks_back(column(map(moment_of, created)), happened, since=moment_of(since))
    tables = both.at(looks, fixed(both, [known for known, *_ in some]), happened)
    for rule_set, values in zip((one, other), tables, strict=True):
        found = first_mqls(looks, values, AGREED, leads=len(some)).tolist()
        told = [time_of(moment) if moment_of(since) <= moment < NEVER else None for moment in found]
        assert told == [
            first_one_by_one(rule_set, known, own, came, since)
            for (known, own, _ago), came in zip(some, created, strict=True)
        ]


DAY = timedelta(days=1)
SET = rules.RuleSet(1, 1, (one_group(points=30, percent=50, days=10),), (rules.Threshold("mql", 0, 50, 0),))


@pytest.mark.parametrize(
    ("days", "kind", "first"),
    [
        ((0, 1), "download", 1),
        ((0, 15), "download", None),  # the first has faded
        ((-9, -8, 3), "download", -8),  # an MQL before the span
        ((1,), "webinar", None),
    ],
)
def test_the_moment_of_an_mql_is_replayed(days, kind, first):
    happened = columns([[rules.Event(kind, "", NOW + day * DAY) for day in days]])
    looks = looks_back(column([moment_of(NOW - 20 * DAY)]), happened, since=moment_of(NOW))
    [values] = Totals(SET).at(looks, [Totals(SET).fixed([])], happened)
    [found] = first_mqls(looks, values, SET.thresholds, leads=1)
    assert found == (NEVER if first is None else moment_of(NOW + first * DAY))


def test_of_leads_of_which_nothing_is_young_nobody_asks():
    happened = columns([[], [rules.Event("download", "", NOW - DAY)], [rules.Event("download", "", NOW)]])
    looks = looks_back(column(moment_of(NOW - 2 * DAY) for _ in range(3)), happened, since=moment_of(NOW))
    assert sorted(looks.lead.tolist()) == [2, 2]


@given(rule_sets(), leads)
def test_events_are_looked_at_in_parts(one, some):
    alone, now = Totals(one), Looks(column(range(len(some))), column(moment_of(NOW) for _ in some))
    given_, happened = fixed(alone, [known for known, *_ in some]), columns([own for _, own, _ in some])
    [whole] = alone.at(now, given_, happened)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "AT_ONCE", 1)
        [parts] = alone.at(now, given_, happened)
    assert parts.tolist() == whole.tolist()


def test_what_python_holds_for_equal_is_told_apart():
    """A ticked box (True) is no 1, and a list cannot be looked up at all."""
    asked = Condition("custom.employees", "eq", 1)
    group = replace(one_group(), rules=(rules.Rule(0, "One", 5, asked),))
    one = Totals(rules.RuleSet(1, 1, (group,), ()))
    assert one.fields == ("custom.employees",)
    assert [one.fixed([value]) for value in (True, 1, 1.0, "1", [1], [], None)] == [
        (0,), (5,), (5,), (5,), (0,), (0,), (0,),
    ]  # fmt: skip


@given(st.lists(st.tuples(*[st.integers(0, 100)] * 3), max_size=5))
def test_stages_are_what_the_scores_qualify_for(values):
    found = stages(AGREED, column(values).reshape(len(values), 3))
    assert [STAGES[place] for place in found] == [rules.qualifies(AGREED, one) for one in values]


def test_moments_are_exact():
    when = datetime(2026, 10, 25, 1, 30, 0, 1, tzinfo=UTC)
    assert (time_of(moment_of(when)), moment_of(when) % 1_000_000) == (when, 1)
