"""The pure scoring rules: properties over arbitrary rule sets and events."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leads.enums import ActivityKind, Dimension
from leads.rules import scoring as rules
from leads.rules.conditions import Condition

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KINDS = [ActivityKind.PAGE_VIEW.value, ActivityKind.DOWNLOAD.value, ActivityKind.PRICE_SHEET.value]


@st.composite
def rule_sets(draw):
    groups = []
    for number in range(draw(st.integers(1, 4))):
        dimension = draw(st.sampled_from(Dimension.values))
        own = []
        for place in range(draw(st.integers(1, 3))):
            on_field = draw(st.booleans())
            own.append(
                rules.Rule(
                    id=number * 10 + place,
                    name=f"rule {place}",
                    points=draw(st.integers(-40, 60)),
                    condition=Condition("country", "eq", "ES") if on_field else None,
                    kind="" if on_field else draw(st.sampled_from(KINDS)),
                    asset=draw(st.sampled_from(["", "white"])),
                    max_times=draw(st.integers(0, 3)),
                )
            )
        groups.append(
            rules.Group(
                id=number,
                name=f"group {number}",
                dimension=dimension,
                cap=draw(st.integers(0, 100)),
                decay_percent=0 if dimension == "fit" else draw(st.sampled_from([0, 7, 25, 50, 100])),
                decay_days=draw(st.integers(1, 40)),
                rules=tuple(own),
            )
        )
    return rules.RuleSet(1, 1, tuple(groups), ())


events = st.lists(
    st.builds(
        lambda kind, asset, minutes: (kind, asset, NOW - timedelta(minutes=minutes)),
        st.sampled_from(KINDS),
        st.sampled_from(["White paper", "blog"]),
        st.integers(-60, 150_000),
    ),
    max_size=8,
).map(lambda rows: [rules.Event(*row, id=place) for place, row in enumerate(rows)])
facts = st.sampled_from([{}, {"country": "ES"}])


def line_sums(scores):
    return tuple(
        sum(line.counted for line in scores.lines if line.dimension == dimension)
        for dimension in Dimension.values
    )


@given(rule_sets(), facts, events, st.randoms())
def test_order_of_events_is_irrelevant(rule_set, known, happened, random):
    shuffled = random.sample(happened, len(happened))
    assert rules.score(rule_set, known, shuffled, NOW) == rules.score(rule_set, known, happened, NOW)


@given(rule_sets(), facts, events)
def test_explanation_adds_up_to_the_scores(rule_set, known, happened):
    scores = rules.score(rule_set, known, happened, NOW)
    assert line_sums(scores) == scores.values


@given(rule_sets(), facts, events)
def test_scores_stay_within_bounds(rule_set, known, happened):
    assert all(0 <= value <= 100 for value in rules.score(rule_set, known, happened, NOW).values)


@given(rule_sets(), facts, events)
def test_no_group_counts_more_than_its_cap(rule_set, known, happened):
    scores = rules.score(rule_set, known, happened, NOW)
    over = [
        group.name
        for group in rule_set.groups
        if sum(line.counted for line in scores.lines if line.group == group.name) > group.cap
    ]
    assert over == []


@given(rule_sets(), facts, events)
def test_no_rule_counts_more_often_than_allowed(rule_set, known, happened):
    most = {rule.id: rule.max_times for group in rule_set.groups for rule in group.rules if rule.max_times}
    lines = rules.score(rule_set, known, happened, NOW).lines
    assert [line.name for line in lines if len(line.events) > most.get(line.rule_id, 99)] == []


@given(rule_sets(), facts, events, st.integers(0, 200_000))
def test_time_never_raises_a_score(rule_set, known, happened, minutes):
    before = rules.score(rule_set, known, happened, NOW).values
    later = rules.score(rule_set, known, happened, NOW + timedelta(minutes=minutes)).values
    assert all(new <= old for old, new in zip(before, later, strict=True))


@given(rule_sets(), facts, events, st.integers(0, 200_000))
def test_fit_never_decays(rule_set, known, happened, minutes):
    later = rules.score(rule_set, known, happened, NOW + timedelta(minutes=minutes))
    assert later.fit == rules.score(rule_set, known, happened, NOW).fit


@given(rule_sets(), facts, events)
def test_scores_change_exactly_at_next_change(rule_set, known, happened):
    scores = rules.score(rule_set, known, happened, NOW)
    due = scores.next_change_at or NOW + timedelta(days=36500)
    just_before = rules.score(rule_set, known, happened, due - timedelta(microseconds=1))
    assert just_before.values == scores.values
    if scores.next_change_at:
        assert rules.score(rule_set, known, happened, due).values != scores.values


@given(rule_sets(), facts, events)
def test_decay_ends(rule_set, known, happened):
    """Walking from change to change comes to a stop at the scores of the far future."""
    at, walked = NOW, 0
    scores = rules.score(rule_set, known, happened, at)
    while scores.next_change_at is not None and walked < 1000:
        assert scores.next_change_at > at
        at, walked = scores.next_change_at, walked + 1
        scores = rules.score(rule_set, known, happened, at)
    assert scores.values == rules.score(rule_set, known, happened, NOW + timedelta(days=36500)).values


def one_rule(*, points=10, cap=100, percent=0, days=30, times=1, dimension="interest"):
    rule = rules.Rule(1, "download", points, kind="download", max_times=times)
    return rules.RuleSet(1, 1, (rules.Group(1, "content", dimension, cap, percent, days, (rule,)),), ())


def downloads(*days_ago):
    return [rules.Event("download", "guide", NOW - timedelta(days=d), id=d) for d in days_ago]


def test_newest_events_count_when_a_rule_has_a_limit():
    scores = rules.score(one_rule(percent=50, times=1), {}, downloads(40, 1), NOW)
    assert scores.interest == 10


def test_points_fall_at_the_full_day_and_not_before():
    rule_set = one_rule(percent=50, days=30)
    age = timedelta(days=30)
    happened = [rules.Event("download", "", NOW - age)]
    before = rules.score(rule_set, {}, happened, NOW - timedelta(microseconds=1)).interest
    assert (before, rules.score(rule_set, {}, happened, NOW).interest) == (10, 5)


def test_next_change_looks_through_a_cap():
    """Three downloads worth 30 under a cap of 20: two losses stay hidden, the third shows."""
    rule_set = one_rule(percent=50, cap=20, times=3)
    scores = rules.score(rule_set, {}, downloads(0, 1, 2), NOW)
    assert scores.next_change_at == NOW + timedelta(days=30)


def test_line_tells_points_before_decay_after_decay_and_after_the_cap():
    (line,) = rules.score(one_rule(percent=10, cap=12, times=2), {}, downloads(35, 1), NOW).lines
    assert (line.points, line.decayed, line.counted) == (20, 19, 12)


def test_negative_points_do_not_decay():
    scores = rules.score(
        rules.RuleSet(
            1,
            1,
            (
                one_rule(points=30).groups[0],
                one_rule(points=-20, percent=50, days=1).groups[0],
            ),
            (),
        ),
        {},
        downloads(90),
        NOW,
    )
    assert scores.interest == 10


def test_sum_below_zero_is_bounded_and_explained():
    scores = rules.score(one_rule(points=-20), {}, downloads(1), NOW)
    assert [(line.rule_id, line.counted) for line in scores.lines] == [(1, -20), (None, 20)]


def test_grades_at_their_bounds():
    cases = [(60, 60, 0), (59, 30, 0), (29, 0, 29), (30, 15, 45), (0, 0, 0)]
    assert [rules.grade(*case) for case in cases] == ["A1", "B2", "C3", "B1", "C3"]


def test_any_threshold_of_a_stage_is_enough_and_the_furthest_wins():
    agreed = (
        rules.Threshold("target", 20, 0, 0),
        rules.Threshold("mql", 40, 0, 40),
        rules.Threshold("mql", 0, 0, 80),
    )
    cases = [(19, 50, 0), (20, 0, 0), (40, 0, 39), (40, 0, 40), (0, 0, 80)]
    assert [rules.qualifies(agreed, case) for case in cases] == ["none", "target", "target", "mql", "mql"]
