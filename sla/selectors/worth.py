"""What an MQL is worth: a CEO is not an area director. By what those like it came to in the past."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, When

from funnel.enums import OpportunityStatus, Stage
from funnel.rules.periods import Span, month_start
from funnel.rules.report import Filters
from funnel.selectors.funnel_journeys import Behind, journeys_behind
from leads.enums import Seniority
from leads.models import Persona

from ..enums import Feature, Size
from ..rules.worth import LENT, Seen, Worth
from .agreements import MONTHS, RIPE, _months_before
from .feedback import expression
from .statements import rows_of

CENT = Decimal("0.01")
DAY = dt.timedelta(days=1)

__all__ = ["LENT", "Groups", "group_names", "group_of", "groups_known", "seen_groups", "worth_of_mqls"]


@dataclass(frozen=True, slots=True)
class Groups:
    """MQLs handed over in ``span``, by group. ``is_ripe`` False: there were only such as may still be on
    their way to a deal."""

    span: Span
    is_ripe: bool
    seen: Mapping[str, Seen]


def worth_of_mqls(*, before: dt.date, currency: str) -> Worth:
    """By level, from the twelve months of MQLs whose fate was decided when ``before`` came, and what the
    won deals among them brought in ``currency``; one statement."""
    span = _ripe(before)
    known = _seen(Feature.SENIORITY, span, currency)
    whole = sum(known.values(), Seen())
    mean = whole.revenue / whole.leads if whole.leads else Decimal()
    levels = {
        group: (((seen.revenue + LENT * mean) / (seen.leads + LENT)).quantize(CENT), seen.leads)
        for group, seen in known.items()
    }
    return Worth(span, mean.quantize(CENT), levels)


def seen_groups(*, by: Feature, today: dt.date, currency: str) -> Groups:
    """The same as ``worth_of_mqls`` reads, of any feature; as long as nothing is that old, the twelve
    months until now. At most two statements."""
    span = _ripe(today)
    found = _seen(by, span, currency)
    if found:
        return Groups(span, True, found)
    young = Span(_months_before(month_start(today), MONTHS), today)
    return Groups(young, False, _seen(by, young, currency))


def group_of(by: Feature) -> Any:
    """The group of a journey, for a statement; empty: not known."""
    return expression(by)


def groups_known(by: Feature) -> list[str]:
    """All that leads can be told apart by, and at last the unknown; personas cost a statement."""
    names: dict[Feature, list[str]] = {
        Feature.SENIORITY: list(Seniority.values),
        Feature.SIZE: list(reversed(Size.values)),
    }
    active = Persona.objects.filter(is_active=True).values_list("pk", flat=True)
    known = names[by] if by in names else [str(pk) for pk in active]
    return [*known, ""]


def group_names(by: Feature, groups: Collection[str]) -> dict[str, str]:
    """What personas among ``groups`` are called; levels and sizes have their names in every language."""
    if by != Feature.PERSONA:
        return {}
    wanted = [int(group) for group in groups if group.isdecimal()]
    return {str(pk): name for pk, name in Persona.objects.filter(pk__in=wanted).values_list("pk", "name")}


def _ripe(before: dt.date) -> Span:
    last = month_start(before - RIPE)
    return Span(_months_before(last, MONTHS), last - DAY)


def _seen(by: Feature, span: Span, currency: str) -> dict[str, Seen]:
    counted: dict[str, Seen] = {}
    for group, amount, n in rows_of(_handed_over, span, by, currency):
        deals = () if amount is None else ((amount, n),)
        counted[group] = counted.get(group, Seen()) + Seen(n, deals)
    return counted


def _handed_over(span: Span, by: Feature, currency: str) -> Any:
    won = Q(opportunity__status=OpportunityStatus.WON, opportunity__currency=currency)
    found = journeys_behind(filters=Filters(), behind=Behind(reached=Stage.MQL, reached_in=span)).order_by()
    return (
        found.annotate(group=expression(by), won=Case(When(won, then=F("opportunity__amount"))))
        .values_list("group", "won")
        .annotate(n=Count("pk"))
        .order_by("group", "won")
    )
