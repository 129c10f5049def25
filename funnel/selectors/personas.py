"""What became of the leads of each buyer persona: the persona a lead has now, from the live rows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, Q, Sum, Value

from leads.models import Persona
from leads.selectors import leads_visible_to
from smarketing.accounts.models import User

from ..enums import RANK, STAGES, OpportunityStatus, Stage, Status
from ..models import Opportunity
from ..models.journey import JourneyQuerySet
from ..rules.report import Filters, Money, Number
from .funnel_journeys import Behind, journeys_behind

RETURNED = {"reached": Stage.MQL.value, "status": Status.RECYCLED.value}
"""Handed to sales, and given back."""


@dataclass(frozen=True, slots=True)
class PersonaRow:
    """``persona`` None: leads that no persona describes. Shares are percent; None of nothing."""

    persona: Persona | None
    reached: dict[str, Number]
    returned: Number
    revenue: list[Money]

    @property
    def to_mql(self) -> float | None:
        return _share(self.reached[Stage.MQL].count, self.reached[Stage.NEW_NAME].count)

    @property
    def mql_to_customer(self) -> float | None:
        return _share(self.reached[Stage.CUSTOMER].count, self.reached[Stage.MQL].count)

    @property
    def returned_share(self) -> float | None:
        return _share(self.returned.count, self.reached[Stage.MQL].count)


def persona_rows(*, filters: Filters) -> list[PersonaRow]:
    """All personas in their order and those without one last: three statements, whatever the size."""
    personas: list[Persona | None] = [*Persona.objects.all(), None]
    found = journeys_behind(filters=filters, behind=Behind()).order_by()
    counts = {row["lead__persona"]: row for row in _counted(found)}
    money: dict[int | None, list[Money]] = defaultdict(list)
    deals = Opportunity.objects.filter(journey__in=found.values("pk"), status=OpportunityStatus.WON)
    sums = deals.order_by("currency").values("currency", whose=F("journey__lead__persona"))
    for row in sums.annotate(n=Count("pk"), amount=Sum("amount")):
        money[row["whose"]].append(Money(row["currency"], row["n"], row["amount"]))
    return [
        _row(filters, persona, counts.get(pk, {}), money[pk])
        for persona, pk in ((one, one.pk if one else None) for one in personas)
    ]


def returned_by_reason(*, filters: Filters) -> list[tuple[str, Number]]:
    """Leads that sales gave back, by reason, the most frequent first."""
    behind = Behind(reached=Stage.MQL, status=Status.RECYCLED)
    rows = journeys_behind(filters=filters, behind=behind).order_by().values_list("reason")
    counts = rows.annotate(n=Count("pk")).order_by("-n", "reason")
    return [(reason, Number(n, {**filters.params, **RETURNED, "reason": reason})) for reason, n in counts]


def leads_now(user: User, personas: Sequence[Persona]) -> dict[int, int]:
    """How many leads that ``user`` may see have each persona at this moment."""
    theirs = leads_visible_to(user).filter(persona__in=personas).order_by()
    # The index on persona alone counts everybody; the merged ones are few and have an index of their own.
    parts = [
        rows.values_list("persona").annotate(n=Count("*"), sign=Value(sign))
        for rows, sign in ((theirs, 1), (theirs.exclude(merged_into=None), -1))
    ]
    found: Counter[int] = Counter()
    for persona, n, sign in parts[0].union(parts[1], all=True):
        found[persona] += sign * n
    return dict(found)


def of_persona(filters: Filters, persona_id: int) -> Filters:
    return replace(filters, persona=persona_id, params={**filters.params, "persona": str(persona_id)})


def _counted(found: JourneyQuerySet) -> list[Any]:
    reached = {f"n_{stage}": Count("pk", filter=Q(stage__in=STAGES[RANK[stage] :])) for stage in STAGES}
    returned = Count("pk", filter=Q(status=Status.RECYCLED, stage__in=STAGES[RANK[Stage.MQL] :]))
    return list(found.values("lead__persona").annotate(**reached, n_returned=returned))


def _row(
    filters: Filters, persona: Persona | None, counts: dict[str, int], revenue: list[Money]
) -> PersonaRow:
    base = {**filters.params, "persona": str(persona.pk if persona else 0)}
    return PersonaRow(
        persona=persona,
        reached={
            stage.value: Number(counts.get(f"n_{stage}", 0), {**base, "reached": stage.value})
            for stage in STAGES
        },
        returned=Number(counts.get("n_returned", 0), {**base, **RETURNED}),
        revenue=revenue,
    )


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
