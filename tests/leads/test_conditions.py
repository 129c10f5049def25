"""Conditions that scoring rules, personas and policies share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.enums import Operator
from leads.errors import InvalidValue
from leads.rules.conditions import LEAD_FIELDS, Condition, all_hold, check_conditions, holds, read_conditions

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("operator", "wanted", "known", "expected"),
    [
        ("eq", "ES", " es ", True),
        ("eq", 200, "200", True),
        ("eq", "7", "007", False),
        ("eq", "true", True, True),
        ("eq", 1, True, False),
        ("eq", "", "", False),
        ("ne", "ES", "FR", True),
        ("ne", "ES", None, True),
        ("in", ["ES", "PT"], "pt", True),
        ("in", ["ES", "PT"], "FR", False),
        ("contains", "ceo", "CEO and founder", True),
        ("contains", ["cfo", "ceo"], "Deputy CEO", True),
        ("contains", "", "anything", False),
        ("gte", 200, 200, True),
        ("gte", 200, 199, False),
        ("gte", 200, None, False),
        ("gte", "200", Decimal("200.50"), True),
        ("lt", 50, 49, True),
        ("lt", 50, 50, False),
        ("lt", 50, None, False),
        ("gte", 1, "NaN", False),
        ("filled", None, "x", True),
        ("filled", None, "  ", False),
        ("empty", None, "", True),
        ("empty", None, 0, False),
    ],
)
def test_operator(operator, wanted, known, expected):
    assert holds(Condition("country", operator, wanted), {"country": known}) is expected


@given(st.sampled_from([*Operator.values, "", "like"]), anything, anything)
def test_holds_answers_whatever_it_is_given(operator, wanted, known):
    assert holds(Condition("country", operator, wanted), {"country": known}) in (True, False)


@given(anything)
def test_stored_conditions_are_read_whatever_they_are(stored):
    assert all_hold(read_conditions(stored), {}) in (True, False)


def test_a_malformed_stored_condition_holds_for_nobody():
    assert all_hold(read_conditions(["oops"]), {"country": "ES"}) is False


def test_no_condition_holds_for_everybody():
    assert all_hold(read_conditions([]), {}) is True


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "conditions"),
        (["x"], "conditions[0]"),
        ([{"field": "shoe_size", "operator": "eq", "value": 1}], "conditions[0].field"),
        ([{"field": "custom.", "operator": "eq", "value": 1}], "conditions[0].field"),
        ([{"field": "country", "operator": "like", "value": "E"}], "conditions[0].operator"),
        ([{"field": "country", "operator": "eq", "value": ""}], "conditions[0].value"),
        ([{"field": "country", "operator": "in", "value": []}], "conditions[0].value"),
        ([{"field": "country", "operator": "in", "value": [{}]}], "conditions[0].value"),
        ([{"field": "company.employees", "operator": "gte", "value": "many"}], "conditions[0].value"),
        ([{"field": "country", "operator": "filled", "values": 1}], "conditions[0]"),
        (
            [
                {"field": "country", "operator": "filled"},
                {"field": "country", "operator": "eq"},
            ],
            "conditions[1].value",
        ),
    ],
)
def test_what_is_wrong_is_named(raw, field):
    with pytest.raises(InvalidValue) as refused:
        check_conditions(raw)
    assert refused.value.field == field


def test_every_known_field_and_custom_ones_are_accepted():
    raw = [{"field": name, "operator": "filled"} for name in [*sorted(LEAD_FIELDS), "custom.plan"]]
    assert [c.field for c in check_conditions(raw)] == [*sorted(LEAD_FIELDS), "custom.plan"]
