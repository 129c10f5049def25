"""What sales made of the leads it was handed: reasons by group, and hints that a definition drifts.

One queryset serves the numbers and the leads behind them. It holds every passage that was handed
over in the span, except those that an export told of. A return is one by a person and for a reason
that lies in the lead: what was not decided in time says something of the rep, a duplicate of the
forms. What the mediator decided counts.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, F, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Cast, Coalesce

from funnel.enums import Reason, Status
from funnel.models import Assignment, Journey
from funnel.models.journey import JourneyQuerySet
from funnel.rules.periods import Span
from funnel.selectors.funnel_journeys import within
from leads.models import Form, Persona, Submission
from smarketing.accounts.models import User

from ..enums import DisputeKind, Feature, Size, Verdict
from ..rules.disputes import GIVEN_BACK
from ..rules.drift import Group, Hint, hints
from .quality import upheld
from .statements import rows_of

NO_FAULT = (Reason.NOT_DECIDED, Reason.DUPLICATE)
"""Reasons of a return that say nothing of the lead."""
JUDGED = (Verdict.ACCEPTED, Verdict.RETURNED, Verdict.LOST)
NONE = ""
"""Value of a feature that is not known."""
MOST_DIGITS = 9
"""Of the number of a page."""

FEATURES: dict[Feature, Any] = {
    Feature.PERSONA: Coalesce(Cast("lead__persona", CharField()), Value(NONE)),
    Feature.SOURCE: F("source"),
    Feature.COUNTRY: F("lead__country"),
    Feature.SENIORITY: F("lead__seniority"),
    Feature.SIZE: Case(
        When(lead__company__employees__lt=200, then=Value(Size.SMALL.value)),
        When(lead__company__employees__lt=1000, then=Value(Size.MIDDLE.value)),
        When(lead__company__employees__gte=1000, then=Value(Size.LARGE.value)),
        default=Value(NONE),
        output_field=CharField(),
    ),
}
TOGETHER = (Feature.SENIORITY, Feature.SIZE)
SETS = ((Feature.PERSONA,), (Feature.SOURCE,), (Feature.FORM,), (Feature.COUNTRY,), TOGETHER)
"""What is compared: level and company size also together. Reps are not: that is no definition."""


Counts = dict[tuple[str, ...], tuple[int, int]]
"""By the values of some features: judged, and returned of those."""


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """``span``: the days in which the leads were handed over. ``facts``: by feature, the value that it
    must have (blank: not known). Verdict and reason: None is any."""

    span: Span
    facts: Mapping[Feature, str] = field(default_factory=dict)
    verdict: str | None = None
    reason: str | None = None


def passages(wanted: FeedbackFilter) -> JourneyQuerySet:
    """With ``verdict`` and each feature that is asked for, the latest hand-over first."""
    found = Journey.objects.live().filter(within("mql_at", wanted.span), mql_at__isnull=False)
    found = found.annotate(verdict=_verdict())
    for feature, value in wanted.facts.items():
        found = found.annotate(**{f"of_{feature}": expression(feature)}).filter(**{f"of_{feature}": value})
    if wanted.verdict is not None:
        found = found.filter(verdict=wanted.verdict)
    if wanted.reason is not None:
        found = found.filter(reason=wanted.reason)
    return found.order_by("-mql_at", "-pk")


def with_features(found: JourneyQuerySet) -> JourneyQuerySet:
    """For a list: lead, company, persona, and the ids of form and rep."""
    ids = {f"of_{feature}": expression(feature) for feature in (Feature.FORM, Feature.REP, Feature.SIZE)}
    known = set(found.query.annotations)
    fresh = {name: value for name, value in ids.items() if name not in known}
    return found.select_related("lead__company", "lead__persona").annotate(**fresh)


class Passages(Paginator):
    """Those that are ``wanted`` with their features, page by page. The pass that counts them also tells
    which are on the page: what is looked up of every lead for it, as the form is, would be twice."""

    def __init__(self, wanted: FeedbackFilter, size: int) -> None:
        self._found = passages(wanted)
        super().__init__(with_features(self._found), size)

    def get_page(self, number: Any) -> "Page[Any]":
        asked = int(number) if str(number).isdecimal() and len(str(number)) < MOST_DIGITS else 1
        start = (max(asked, 1) - 1) * self.per_page
        rows: Any = self._found.annotate(all=Window(Count("*"))).values_list("pk", "all")
        some = list(rows[start : start + self.per_page])
        if not some and start:
            return super().get_page(number)  # the last there is
        self.__dict__["count"] = some[0][1] if some else 0
        here = with_features(self._found).filter(pk__in=[pk for pk, _all in some])
        return Page(list(here) if some else [], max(asked, 1), self)


@dataclass(frozen=True, slots=True)
class Row:
    """One group: how many have each verdict, and the reasons of those returned and lost."""

    value: str
    verdicts: Counter[str]
    reasons: Mapping[str, Counter[str]]

    @property
    def handed_over(self) -> int:
        return self.verdicts.total()

    @property
    def judged(self) -> int:
        return sum(self.verdicts[verdict] for verdict in JUDGED)


def rows_by(feature: Feature, span: Span) -> list[Row]:
    """Most handed over first; one statement."""
    found: Any = passages(FeedbackFilter(span)).order_by().annotate(value=expression(feature))
    return _rows(found.values_list("value", "verdict", "reason").annotate(n=Count("pk")))


def _rows(counted: Iterable[tuple[str, str, str, int]]) -> list[Row]:
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for value, verdict, reason, n in counted:
        verdicts[value][verdict] += n
        reasons[value][verdict][reason] += n
    rows = [Row(value, counts, reasons[value]) for value, counts in verdicts.items()]
    return sorted(rows, key=lambda row: (-row.handed_over, row.value))


def drift(span: Span) -> list[Hint]:
    """Groups that are returned more often than the others; one statement, of the judged alone."""
    return _hints(_counted(span)[0])


def drift_and_rows(by: Feature, span: Span) -> tuple[list[Hint], list[Row]]:
    """``drift`` and ``rows_by`` in one statement, which passes the leads once for both."""
    found, counted = _counted(span, by)
    return _hints(found), _rows(counted)


def _hints(found: Mapping[tuple[Feature, ...], Counts]) -> list[Hint]:
    groups = [group for features, counts in found.items() for group in _groups(features, counts)]
    both = found[TOGETHER]
    for place, feature in enumerate(TOGETHER):
        groups += _groups((feature,), _summed(both, place))
    total, returned = (sum(pair[place] for pair in both.values()) for place in (0, 1))
    return hints(groups, total=total, returned=returned)


def names_of(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What people, personas and forms among these features and values are called; at most three
    statements."""
    models: dict[str, Any] = {Feature.PERSONA: Persona, Feature.FORM: Form, Feature.REP: User}
    found: dict[tuple[str, str], str] = {}
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for feature, value in pairs:
        if value and feature in models:
            wanted[feature].add(value)
    for feature, values in wanted.items():
        for row in models[feature].objects.filter(pk__in=values):
            found[feature, str(row.pk)] = str(row)
    return found


def expression(feature: Feature) -> Any:
    """The feature's value of a journey as text; blank when it is not known."""
    if feature == Feature.FORM:
        sent = Submission.objects.filter(lead=OuterRef("lead"), received_at__lte=OuterRef("mql_at"))
        last = sent.order_by("-received_at").values("form")[:1]
        return Coalesce(Cast(Subquery(last), CharField()), Value(NONE))
    if feature == Feature.REP:
        given = Assignment.objects.filter(journey=OuterRef("pk")).order_by("-assigned_at", "-pk")
        return Coalesce(Cast(Subquery(given.values("user")[:1]), CharField()), Value(NONE))
    return FEATURES[feature]


def _verdict() -> Case:
    by_a_person = Q(status__in=sorted(GIVEN_BACK)) & ~Q(reason__in=NO_FAULT)
    returned = by_a_person & ~Q(upheld(DisputeKind.UNFAIR_RETURN))
    return Case(
        When(Q(upheld(DisputeKind.NO_MQL)), then=Value(Verdict.RETURNED.value)),
        When(returned, then=Value(Verdict.RETURNED.value)),
        When(status=Status.LOST, then=Value(Verdict.LOST.value)),
        When(sql_at__isnull=False, then=Value(Verdict.ACCEPTED.value)),
        default=Value(Verdict.UNDECIDED.value),
        output_field=CharField(),
    )


def _counted(
    span: Span, by: Feature | None = None
) -> tuple[dict[tuple[Feature, ...], Counts], list[tuple[str, str, str, int]]]:
    """Those that are judged by each of ``SETS``, and all of them by value of ``by``, verdict and reason."""
    names = _names(by)
    found: dict[tuple[Feature, ...], Counts] = {some: {} for some in SETS}
    by_mask = {_mask([f"of_{feature}" for feature in some], names): some for some in SETS}
    counted: list[tuple[str, str, str, int]] = []
    for mask, n, judged, back, *values in rows_of(_counting, span, by):
        told, some = dict(zip(names, values, strict=True)), by_mask.get(mask)
        if some is None:
            counted.append((told[f"of_{by}"], told["verdict"], told["reason"], n))
        elif judged:
            found[some][tuple(told[f"of_{feature}"] for feature in some)] = (judged, back)
    return found, counted


def _names(by: Feature | None) -> list[str]:
    """The columns that are grouped by."""
    features = dict.fromkeys([*(feature for some in SETS for feature in some), *([by] if by else [])])
    return [*(f"of_{feature}" for feature in features), *(("verdict", "reason") if by else ())]


def _counting(span: Span, by: Feature | None) -> tuple[str, list[Any]]:
    """Without ``by`` only judged ones are passed."""
    names = _names(by)
    columns = [name for name in names if name.startswith("of_")]
    given = {name: expression(Feature(name.removeprefix("of_"))) for name in columns}
    if by and by != Feature.FORM:  # a look-up for each lead, and half of them are not judged yet
        asked = When(verdict__in=JUDGED, then=given[f"of_{Feature.FORM}"])
        given[f"of_{Feature.FORM}"] = Case(asked, default=Value(NONE), output_field=CharField())
    passed: Any = passages(FeedbackFilter(span))
    rows = (passed if by else passed.filter(verdict__in=JUDGED)).order_by().annotate(**given)
    inner, params = rows.values("verdict", "reason", *columns).query.sql_with_params()
    every = [[f"of_{feature}" for feature in some] for some in SETS]
    every += [[f"of_{by}", "verdict", "reason"]] if by else []
    sql = f"""
        SELECT GROUPING({", ".join(names)}), count(*), count(*) FILTER (WHERE verdict = ANY(%s)),
               count(*) FILTER (WHERE verdict = %s), {", ".join(names)}
          FROM ({inner}) AS passage
         GROUP BY GROUPING SETS ({", ".join(f"({', '.join(one)})" for one in every)})
    """
    return sql, [[verdict.value for verdict in JUDGED], Verdict.RETURNED.value, *params]


def _mask(some: Collection[str], columns: Sequence[str]) -> int:
    """What PostgreSQL's GROUPING tells of a set: a bit for each column that is not part of it."""
    return sum(1 << place for place, name in enumerate(reversed(columns)) if name not in some)


def _summed(counts: Counts, place: int) -> Counts:
    found: Counts = {}
    for values, (n, back) in counts.items():
        before = found.get((values[place],), (0, 0))
        found[values[place],] = (before[0] + n, before[1] + back)
    return found


def _groups(features: tuple[Feature, ...], counts: Counts) -> list[Group]:
    """What is not known of a lead is no group that a definition could name."""
    return [
        Group(tuple(zip((feature.value for feature in features), values, strict=True)), n, back)
        for values, (n, back) in sorted(counts.items())
        if all(values)
    ]
