"""Definition drift: exact, silent where nothing drifts, and not silent where something does."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.rules.drift import FALSE_HINTS, FEWEST, Group, at_least, hints

SIZES = {"source": 5, "persona": 4, "country": 5, "form": 6, "seniority": 5, "size": 3}
LEADS = 400


def exact(count: int, drawn: int, marked: int, total: int) -> Fraction:
    ways = sum(
        comb(marked, k) * comb(total - marked, drawn - k)
        for k in range(count, min(drawn, marked) + 1)
        if drawn - k <= total - marked
    )
    return Fraction(ways, comb(total, drawn))


@given(st.data())
def test_the_tail_is_that_of_the_hypergeometric_distribution(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 120))
    marked, drawn = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    count = data.draw(st.integers(0, drawn))
    assert at_least(count, drawn=drawn, marked=marked, total=total) == pytest.approx(
        float(exact(count, drawn, marked, total)), abs=1e-9
    )


def look(chance: random.Random, drifting: float = 0.0) -> list[tuple[tuple[str, str], ...]]:
    """Hints about LEADS random leads, a fifth of them returned; ``drifting``: of one source more."""
    leads = [{name: str(chance.randrange(n)) for name, n in SIZES.items()} for _ in range(LEADS)]
    back = [chance.random() < 0.2 + drifting * (lead["source"] == "0") for lead in leads]
    counts: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for lead, is_back in zip(leads, back, strict=True):
        facts = [((name, value),) for name, value in lead.items()]
        facts.append((("seniority", lead["seniority"]), ("size", lead["size"])))
        for fact in facts:
            counts.setdefault(fact, [0, 0])
            counts[fact][0] += 1
            counts[fact][1] += is_back
    groups = [Group(fact, n, returned) for fact, (n, returned) in counts.items()]
    return [hint.group.facts for hint in hints(groups, total=LEADS, returned=sum(back))]


def test_where_nothing_drifts_hints_are_rare() -> None:
    chance = random.Random(4)
    runs = 400
    false = sum(bool(look(chance)) for _ in range(runs))
    assert false / runs < FALSE_HINTS


def test_a_drift_is_found() -> None:
    chance = random.Random(5)
    found = [look(chance, drifting=0.4) for _ in range(100)]
    assert sum((("source", "0"),) in hint for hint in found) >= 95


def told(*groups: Group, total: int = 450, returned: int = 78) -> list[Group]:
    return [hint.group for hint in hints(groups, total=total, returned=returned)]


def test_the_example_of_the_agreement() -> None:
    group = Group((("seniority", "director"), ("size", "small")), 40, 18)
    [hint] = hints([group], total=450, returned=78)
    assert (hint.others, hint.others_returned, round(hint.ratio or 0, 1)) == (410, 60, 3.1)


def test_too_few_leads_say_nothing() -> None:
    assert told(Group((("source", "x"),), FEWEST - 1, FEWEST - 1)) == []
    assert told(Group((("source", "x"),), 450 - FEWEST + 1, 78)) == []


def test_what_is_sure_but_small_is_not_told() -> None:
    assert told(Group((("source", "x"),), 20_000, 4400), total=40_000, returned=8000) == []


def test_of_a_group_and_its_part_the_surer_one_is_told() -> None:
    whole = Group((("seniority", "director"),), 80, 30)
    part = Group((("seniority", "director"), ("size", "small")), 40, 28)
    other = Group((("source", "fair"),), 40, 20)
    assert told(whole, part, other) == [part, other]


def test_where_none_of_the_others_came_back_there_is_no_ratio() -> None:
    [hint] = hints([Group((("source", "x"),), 30, 10)], total=100, returned=10)
    assert hint.ratio is None


def test_no_groups_no_hints() -> None:
    assert hints([], total=0, returned=0) == []
