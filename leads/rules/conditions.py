"""Conditions on what is known about a lead; scoring rules, personas and policies share them.

A condition is stored as ``{"field": str, "operator": Operator, "value": …}``. ``check_conditions``
is for what a person typed, ``read_conditions`` for what was checked before it was stored.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from django.utils.translation import gettext as _

from ..enums import Operator
from ..errors import InvalidValue

Facts = Mapping[str, object]
"""Field name → value; absent, None, blank text and empty lists all mean "not known"."""

TEXT_FIELDS = frozenset(
    {
        "email",
        "email_domain",
        "first_name",
        "last_name",
        "phone",
        "job_title",
        "seniority",
        "country",
        "language",
        "company_name",
        "budget",
        "need",
        "timeline",
        "source",
        "landing_page",
        "company.name",
        "company.domain",
        "company.industry",
        "company.country",
    }
)
NUMBER_FIELDS = frozenset({"company.employees", "company.annual_revenue"})
LEAD_FIELDS = TEXT_FIELDS | NUMBER_FIELDS
CUSTOM = "custom."

_WITHOUT_VALUE = frozenset({Operator.FILLED, Operator.EMPTY})
_NUMERIC = frozenset({Operator.GTE, Operator.LT})


@dataclass(frozen=True, slots=True)
class Condition:
    """``test``: what is asked of the field's value, prepared once; None for an unknown operator."""

    field: str
    operator: str
    value: object = None
    test: Callable[[object], bool] | None = dataclass_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        make = _TESTS.get(self.operator)
        object.__setattr__(self, "test", make and make(self.value))


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition is true of these facts; total, never raises.

    Text is compared without regard to case and outer blanks; text that reads as a number equals
    that number, but two texts are compared as text ("007" is not "7").
    ``eq``, ``in`` and ``contains`` take one value or a list of alternatives. Something not known
    satisfies only ``empty`` and ``ne``: it is neither at least nor less than a number.
    """
    test = condition.test
    return test is not None and test(facts.get(condition.field))


def all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    """True of every lead when there is no condition."""
    return all(holds(condition, facts) for condition in conditions)


def read_conditions(stored: object) -> tuple[Condition, ...]:
    """Conditions as stored; what is malformed can hold for nobody instead of breaking a batch."""
    rows = stored if isinstance(stored, list | tuple) else [stored]
    never = Condition("", "")
    return tuple(
        Condition(str(row.get("field", "")), str(row.get("operator", "")), row.get("value"))
        if isinstance(row, Mapping)
        else never
        for row in rows
    )


def check_conditions(raw: object, *, fields: Collection[str] = LEAD_FIELDS) -> tuple[Condition, ...]:
    """Conditions a person typed, or ``InvalidValue`` that names the row and what is wrong with it.

    ``fields`` are the names allowed beside ``custom.<name>``.
    """
    if not isinstance(raw, list):
        raise InvalidValue(_("Conditions must be a list."), field="conditions")
    return tuple(_check_row(row, place, fields) for place, row in enumerate(raw))


def check_condition(
    condition: Condition, *, fields: Collection[str] = LEAD_FIELDS, where: str = "conditions"
) -> None:
    """Raise ``InvalidValue`` (its field starts with ``where``) unless the condition can be evaluated."""
    custom = condition.field.startswith(CUSTOM) and len(condition.field) > len(CUSTOM)
    if not custom and condition.field not in fields:
        raise InvalidValue(_("Unknown field: %s") % condition.field, field=f"{where}.field")
    if condition.operator not in Operator.values:
        raise InvalidValue(_("Unknown operator: %s") % condition.operator, field=f"{where}.operator")
    if condition.operator in _WITHOUT_VALUE:
        return
    options = _alternatives(condition.value)
    if not options or any(not isinstance(o, str | int | float | Decimal) or _is_blank(o) for o in options):
        raise InvalidValue(_("A value (or a list of values) is needed."), field=f"{where}.value")
    if condition.operator in _NUMERIC and _number(condition.value) is None:
        raise InvalidValue(_("A number is needed."), field=f"{where}.value")


def _check_row(row: object, place: int, fields: Collection[str]) -> Condition:
    where = f"conditions[{place}]"
    if not isinstance(row, Mapping):
        raise InvalidValue(_("A condition needs a field, an operator and a value."), field=where)
    surplus = sorted(str(key) for key in row if key not in {"field", "operator", "value"})
    if surplus:
        raise InvalidValue(_("Unknown key: %s") % surplus[0], field=where)
    condition = Condition(str(row.get("field", "")), str(row.get("operator", "")), row.get("value"))
    check_condition(condition, fields=fields, where=where)
    return condition


def _alternatives(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == [] or value == {}


def _equals_any(wanted: object) -> Callable[[object], bool]:
    options = _alternatives(wanted)
    texts = frozenset(_fold(option) for option in options if isinstance(option, str))
    others = [option for option in options if not isinstance(option, str)]

    def test(known: object) -> bool:
        if isinstance(known, str):
            if not known or known.isspace():
                return False
            return _fold(known) in texts or any(_equal(known, option) for option in others)
        return not _is_blank(known) and any(_equal(known, option) for option in options)

    return test


def _differs_from_all(wanted: object) -> Callable[[object], bool]:
    equals = _equals_any(wanted)
    return lambda known: not equals(known)


def _equal(known: object, wanted: object) -> bool:
    if isinstance(known, str) and isinstance(wanted, str):
        return _fold(known) == _fold(wanted)
    left, right = _number(known), _number(wanted)
    if left is not None and right is not None:
        return left == right
    return _text(known) == _text(wanted)


def _text(value: object) -> str:
    """Comparable text; a ticked box of a form (True) equals the word "true"."""
    return _fold(value) if isinstance(value, str) else "" if value is None else str(value).casefold()


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    return text.strip().casefold()


def _number(value: object) -> Decimal | None:
    """The finite number that is meant, or None; NaN compares with nothing and must not raise."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, int):
        return Decimal(value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _contains_any(wanted: object) -> Callable[[object], bool]:
    parts = [part for part in map(_text, _alternatives(wanted)) if part]

    def test(known: object) -> bool:
        text = _text(known)
        return any(part in text for part in parts)

    return test


def _compared(wanted: object, compare: Callable[[Decimal, Decimal], bool]) -> Callable[[object], bool]:
    right = _number(wanted)

    def test(known: object) -> bool:
        left = None if known is None else _number(known)
        return left is not None and right is not None and compare(left, right)

    return test


_TESTS: dict[str, Callable[[object], Callable[[object], bool]]] = {
    Operator.EQ.value: _equals_any,
    Operator.IN.value: _equals_any,
    Operator.NE.value: _differs_from_all,
    Operator.CONTAINS.value: _contains_any,
    Operator.GTE.value: lambda wanted: _compared(wanted, operator.ge),
    Operator.LT.value: lambda wanted: _compared(wanted, operator.lt),
    Operator.FILLED.value: lambda _wanted: lambda known: not _is_blank(known),
    Operator.EMPTY.value: lambda _wanted: _is_blank,
}
