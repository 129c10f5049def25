"""What a draft would change, counted before anybody publishes it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, F, Func, Max, Min, QuerySet, Value

from ..enums import Dimension
from ..models import Lead
from ..rules import scoring as rules
from .rule_sets import compiled, live_rule_set
from .scores import SCORED_COLUMNS, events_of, facts_of

CURRENT = """
SELECT (SELECT count(*) FROM leads_lead)
     - (SELECT count(*) FROM leads_lead WHERE merged_into_id IS NOT NULL)
"""
"""The merged ones are few and in an index of their own; whether a lead is one stands only in its row."""
BATCH = 1000
BANDS = ("0-19", "20-39", "40-59", "60-79", "80-100")
DIMENSIONS = tuple(Dimension.values)


def _no_bands() -> dict[str, list[int]]:
    return {dimension: [0] * len(BANDS) for dimension in Dimension.values}


@dataclass(slots=True)
class Moved:
    """Counts over the leads looked at; ``total`` is how many there are (a sample looks at fewer).

    ``*_mql`` counts leads whose scores begin or cease to satisfy the thresholds of MQL. Ceasing moves nobody
    back: a journey never returns by score.
    """

    total: int
    looked_at: int = 0
    changed: int = 0
    become_mql: int = 0
    stop_mql: int = 0


@dataclass(slots=True)
class Preview(Moved):
    """``*_target``: as of MQL, which satisfies "target" too. ``bands_*``: leads per band of ``BANDS`` for
    each dimension; ``grades_*``: leads per grade."""

    become_target: int = 0
    stop_target: int = 0
    bands_before: dict[str, list[int]] = field(default_factory=_no_bands)
    bands_after: dict[str, list[int]] = field(default_factory=_no_bands)
    grades_before: Counter[str] = field(default_factory=Counter)
    grades_after: Counter[str] = field(default_factory=Counter)


def how_many_current() -> int:
    """``Lead.objects.current().count()`` without reading the leads."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT)
        return int(cursor.fetchone()[0])


def preview(rule_set_id: int, at: datetime, sample: int | None = None) -> Preview:
    """Score leads by a draft without storing anything, and compare with the scores they have.

    Streams in batches, so memory does not grow with the leads. ``sample`` bounds how many are looked
    at, spread evenly over all ids. Raises ``RuleSet.DoesNotExist``.
    """
    draft, live = compiled(rule_set_id), live_rule_set()
    found = Preview(total=how_many_current())
    agreed = live.thresholds if live else ()
    for leads in batches(found.total, sample):
        events = events_of([lead.pk for lead in leads], draft.kinds)
        for lead in leads:
            after = rules.score(draft, facts_of(lead), events.get(lead.pk, ()), at)
            before = (lead.fit, lead.interest, lead.intent)
            count(
                found,
                Scored(before, rules.qualifies(agreed, before), lead.grade),
                Scored(after.values, rules.qualifies(draft.thresholds, after.values), after.grade),
            )
    return found


def batches(total: int, sample: int | None) -> Iterator[list[Lead]]:
    """All leads, or about ``sample`` of them spread evenly over the ids."""
    columns = (*SCORED_COLUMNS, "grade")
    leads = Lead.objects.current().select_related("company").only(*columns).order_by("pk")
    yield from stretches(leads, total, sample, pk_of=attrgetter("pk"))


def stretches(
    leads: QuerySet[Any, Any],
    total: int,
    sample: int | None,
    *,
    pk_of: Callable[[Any], int],
    size: int = BATCH,
) -> Iterator[list[Any]]:
    """The rows of ``batches`` in whatever shape, ordered by their ids."""
    if sample is not None and total > sample:
        for ids in _some_ids(-(-total // max(1, sample)), size):
            yield list(leads.filter(is_one_of("pk", ids)))
        return
    last = 0
    while batch := list(leads.filter(pk__gt=last)[:size]):
        yield batch
        last = pk_of(batch[-1])


def is_one_of(field: str, ids: Iterable[int]) -> Func:
    """``<field>__in=ids``, of which Django makes a parameter each; that takes as long as reading them."""
    template = "(%(expressions)s))"
    return Func(
        F(field), Value(list(ids)), arg_joiner=" = ANY(", template=template, output_field=BooleanField()
    )


def _some_ids(step: int, size: int) -> Iterator[range]:
    """Every multiple of ``step`` among the ids, a batch at a time. Asked for by name: a condition on
    the remainder would read every lead."""
    ends = Lead.objects.aggregate(first=Min("pk"), last=Max("pk"))
    first = -(-ends["first"] // step) * step
    for start in range(first, ends["last"] + 1, step * size):
        yield range(start, min(start + step * size, ends["last"] + 1), step)


class Scored(NamedTuple):
    """Scores, the furthest stage that they meet, and their grade, blank where nobody has named it yet."""

    values: tuple[int, int, int]
    stage: str
    grade: str


def count(found: Preview, before: Scored, after: Scored) -> None:
    """Add a lead to the counts."""
    was, will = before.stage, after.stage
    found.looked_at += 1
    found.changed += before.values != after.values
    found.become_mql += will == "mql" != was
    found.stop_mql += was == "mql" != will
    found.become_target += was == "none" != will
    found.stop_target += will == "none" != was
    found.grades_before[before.grade or rules.grade(*before.values)] += 1
    found.grades_after[after.grade] += 1
    for place, dimension in enumerate(DIMENSIONS):
        found.bands_before[dimension][_band(before.values[place])] += 1
        found.bands_after[dimension][_band(after.values[place])] += 1


def _band(value: int) -> int:
    return min(value // 20, len(BANDS) - 1)
