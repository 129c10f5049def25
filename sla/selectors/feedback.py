"""What sales made of the leads it was handed: reasons by group, and hints that a definition drifts.

One queryset serves the numbers and the leads behind them. It holds every passage that was handed
over in the span, except those that an export told of. A return is one by a person and for a reason
that lies in the lead: what was not decided in time says something of the rep, a duplicate of the
forms. What the mediator decided counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, Subquery, Value, When
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

NO_FAULT = (Reason.NOT_DECIDED, Reason.DUPLICATE)
"""Reasons of a return that say nothing of the lead."""
JUDGED = (Verdict.ACCEPTED, Verdict.RETURNED, Verdict.LOST)
NONE = ""
"""Value of a feature that is not known."""

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
COMPARED = (Feature.PERSONA, Feature.SOURCE, Feature.FORM, Feature.COUNTRY)
"""Compared one by one; level and company size also together. Reps are not: that is no definition."""


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
    found = found.filter(lead__merged_into=None).annotate(verdict=_verdict())
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
    counted = found.values_list("value", "verdict", "reason").annotate(n=Count("pk"))
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for value, verdict, reason, n in counted:
        verdicts[value][verdict] += n
        reasons[value][verdict][reason] += n
    rows = [Row(value, counts, reasons[value]) for value, counts in verdicts.items()]
    return sorted(rows, key=lambda row: (-row.handed_over, row.value))


def drift(span: Span) -> list[Hint]:
    """Groups that are returned more often than the others; five statements."""
    groups: list[Group] = []
    total = returned = 0
    for feature in COMPARED:
        counts = _judged(span, (feature,))
        groups += _groups((feature,), counts)
        total = sum(n for n, _back in counts.values())
        returned = sum(back for _n, back in counts.values())
    both = _judged(span, (Feature.SENIORITY, Feature.SIZE))
    groups += _groups((Feature.SENIORITY, Feature.SIZE), both)
    for place, feature in enumerate((Feature.SENIORITY, Feature.SIZE)):
        groups += _groups((feature,), _summed(both, place))
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


Counts = dict[tuple[str, ...], tuple[int, int]]
"""By the values of some features: judged, and returned of those."""


def _judged(span: Span, features: tuple[Feature, ...]) -> Counts:
    named = {f"of_{feature}": expression(feature) for feature in features}
    judged: Any = passages(FeedbackFilter(span)).order_by()
    found = judged.filter(verdict__in=JUDGED).annotate(**named)
    counted = found.values_list(*named).annotate(
        n=Count("pk"), back=Count("pk", filter=Q(verdict=Verdict.RETURNED))
    )
    return {tuple(values): (n, back) for *values, n, back in counted}


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
