"""Promises in numbers, and the clocks behind each of them: one queryset serves both."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Sign, TruncDate
from django.db.models.lookups import GreaterThan

from funnel.enums import Reason, Status
from funnel.rules.periods import Span
from funnel.selectors.funnel_journeys import within
from leads.enums import Outcome as Reply
from smarketing.accounts.models import User

from ..enums import ClockKind, ClockState, Outcome
from ..models import Clock
from ..models.clock import ClockQuerySet
from ..rules.promises import RESPONSE_LIMITS, SLOWEST, Kept, Tally
from .clocks import clocks_visible_to, contacts, with_attempts
from .statements import rows_of

DECIDED = "decided"
"""Any outcome but still open."""
CONTACTED = (ClockState.MET, ClockState.MET_LATE)


@dataclass(frozen=True, slots=True)
class Promised:
    """Which promises; None or empty = any. ``owner_ids``: whose clock it was, not whose lead it is;
    ``or_nobody``: nobody's too; ``stretches``: only these days of ``started``."""

    started: Span
    owner_ids: frozenset[int] | None = None
    source: str | None = None
    campaign: int | None = None
    persona: int | None = None
    kind: str = ""
    outcome: str = ""
    bar: int | None = None
    or_nobody: bool = False
    stretches: tuple[Span, ...] = ()

    @property
    def days(self) -> Q:
        """From the first to the last in any case: that much of the index is read."""
        some = [within("started_at", stretch) for stretch in self.stretches]
        return within("started_at", self.started) & reduce(or_, some, Q())


def promised(wanted: Promised, *, at: datetime) -> ClockQuerySet:
    """Clocks that count, with ``outcome`` and ``bar``, the latest first."""
    found = _narrowed(Clock.objects.exclude(state=ClockState.CANCELLED), wanted)
    found = found.annotate(outcome=outcome_at(at), bar=_bar())
    if wanted.outcome == DECIDED:
        found = found.exclude(outcome=Outcome.OPEN)
    elif wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.bar is not None:
        found = found.filter(bar=wanted.bar)
    return found.order_by("-started_at", "-pk")


def _narrowed(found: ClockQuerySet, wanted: Promised) -> ClockQuerySet:
    found = found.filter(wanted.days)
    if wanted.owner_ids is not None:
        theirs = Q(owner__in=wanted.owner_ids)
        found = found.filter(theirs | Q(owner=None) if wanted.or_nobody else theirs)
    if wanted.source is not None:
        found = found.filter(journey__source=wanted.source)
    if wanted.campaign is not None:
        found = found.filter(journey__campaign=wanted.campaign or None)
    if wanted.persona is not None:
        found = found.filter(lead__persona=wanted.persona or None)
    return found.filter(kind=wanted.kind) if wanted.kind else found


def tallies(wanted: Promised, *, at: datetime, by_owner: bool = False) -> list[Tally]:
    """The clocks of ``promised`` counted by kind, owner if wished, outcome and bar; one statement."""
    return [Tally(*row) for row in rows_of(_tallied, wanted, at, by_owner)]


def _tallied(wanted: Promised, at: datetime, by_owner: bool) -> Any:
    owner = F("owner") if by_owner else Value(None, IntegerField(null=True))
    rows: Any = promised(wanted, at=at).order_by().annotate(whose=owner)
    return rows.values_list("kind", "whose", "outcome", "bar").annotate(n=Count("pk"))


def tallies_by_day(wanted: Promised, *, at: datetime) -> list[tuple[date, str, str, int]]:
    """The same by the day on which they began, kind and outcome."""
    return cast("list[tuple[date, str, str, int]]", rows_of(_tallied_by_day, wanted, at))


def _tallied_by_day(wanted: Promised, at: datetime) -> Any:
    rows: Any = promised(wanted, at=at).order_by().annotate(day=began())
    return rows.values_list("day", "kind", "outcome").annotate(n=Count("pk"))


def began() -> TruncDate:
    """The day of a clock, by which it is counted."""
    return TruncDate("started_at", tzinfo=ZoneInfo(settings.TIME_ZONE))


def given_up(wanted: Promised) -> ClockQuerySet:
    """Leads that sales gave up without having reached anybody, as their last first-contact clock,
    with ``made`` attempts: below ``attempts`` the promise of depth was broken. A duplicate was not given
    up: somebody works on its other lead."""
    found: Any = with_attempts(ended(wanted))
    found = found.filter(outcome__isnull=False)
    if wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    return found.order_by("-started_at", "-pk")


def ended(wanted: Promised) -> ClockQuerySet:
    """Last first-contact clocks of leads that were given up; where somebody was reached, without an
    ``outcome``."""
    later = Clock.objects.filter(
        journey=OuterRef("journey"), kind=ClockKind.FIRST_CONTACT, started_at__gt=OuterRef("started_at")
    )
    found = Clock.objects.filter(
        wanted.days,
        ~Exists(later),
        ~Q(journey__reason=Reason.DUPLICATE),
        # Given up after the clock began: so few journeys are looked at, and not every lead's of the span.
        within("journey__closed_at", Span(wanted.started.first)),
        kind=ClockKind.FIRST_CONTACT,
        journey__mql_at__isnull=False,
        journey__status__in=(Status.RECYCLED, Status.DISQUALIFIED),
    )
    if wanted.owner_ids is not None:
        found = found.filter(owner__in=wanted.owner_ids)
    if wanted.source is not None:
        found = found.filter(journey__source=wanted.source)
    if wanted.campaign is not None:
        found = found.filter(journey__campaign=wanted.campaign or None)
    if wanted.persona is not None:
        found = found.filter(lead__persona=wanted.persona or None)
    return found.annotate(outcome=_depth())


def _depth() -> Func:
    """Kept or missed, and nothing where somebody was reached. An array, because of a CASE the number
    of attempts would be counted for each of its conditions."""
    reached = Count("lead", filter=Q(outcome=Reply.REACHED))  # of the index; its own key is not
    tries = Case(When(GreaterThan(reached, 0), then=None), default=Count("*"), output_field=IntegerField())
    made = contacts().annotate(all=Value(1)).values("all").annotate(n=tries).values("n")
    by_sign = f"ARRAY['{Outcome.MISSED}', '{Outcome.KEPT}', '{Outcome.KEPT}']"
    sign = Sign(Subquery(made) - F("attempts"))
    return Func(sign, template=f"({by_sign})[2 + (%(expressions)s)::int]", output_field=CharField())


def depth(wanted: Promised) -> Kept:
    """How often the agreed attempts were made before a lead was given up."""
    return kept_and_missed(dict(rows_of(_tried, wanted)))


def _tried(wanted: Promised) -> Any:
    rows: Any = ended(wanted).order_by()
    return rows.values_list("outcome").annotate(n=Count("pk"))


def depth_by_day(wanted: Promised) -> dict[date, Kept]:
    """The same by the day on which the clocks began."""
    counts: dict[date, dict[str | None, int]] = {}
    for day, outcome, n in rows_of(_tried_by_day, wanted):
        counts.setdefault(day, {})[outcome] = n
    return {day: kept_and_missed(count) for day, count in counts.items()}


def _tried_by_day(wanted: Promised) -> Any:
    rows: Any = ended(wanted).order_by().annotate(day=began())
    return rows.values_list("day", "outcome").annotate(n=Count("pk"))


def kept_and_missed(counts: Mapping[str | None, int]) -> Kept:
    counts = Counter(counts)
    return Kept(kept=counts[Outcome.KEPT], missed=counts[Outcome.MISSED])


def at_risk(*, user: User | AnonymousUser, wanted: Promised, at: datetime) -> ClockQuerySet:
    """Clocks that still wait for somebody and are overdue, the longest first, with lead and owner; of
    leads that ``user`` sees. ``outcome`` and ``bar`` of ``wanted`` do not matter."""
    found = _narrowed(clocks_visible_to(user).overdue(at), wanted)
    found = found.annotate(outcome=Value(Outcome.MISSED.value, CharField()))
    return found.select_related("lead__company", "owner", "journey").order_by("due_at", "pk")


def with_total(found: ClockQuerySet) -> ClockQuerySet:
    """Each with ``total``, how many there are, in the statement that reads some of them."""
    all_of_them = found.select_related(None).order_by().annotate(one=Value(1)).values("one")
    return found.annotate(total=Subquery(all_of_them.annotate(n=Count("pk")).values("n")))


def outcome_at(at: datetime) -> Case:
    """A running clock past its deadline is missed before any tick has said so."""
    return Case(
        When(state=ClockState.MET, then=Value(Outcome.KEPT.value)),
        When(state=ClockState.MET_LATE, then=Value(Outcome.LATE.value)),
        When(
            Q(state=ClockState.BREACHED) | Q(state=ClockState.RUNNING, due_at__lt=at),
            then=Value(Outcome.MISSED.value),
        ),
        default=Value(Outcome.OPEN.value),
        output_field=CharField(),
    )


def _bar() -> Case:
    """Which clocks were contacted is asked once each, not once a bar."""
    bars = [When(working_seconds__lte=most, then=Value(place)) for place, most in enumerate(RESPONSE_LIMITS)]
    contacted = When(
        kind=ClockKind.FIRST_CONTACT, state__in=CONTACTED, then=Case(*bars, default=Value(SLOWEST))
    )
    return Case(contacted, default=Value(None), output_field=IntegerField(null=True))
