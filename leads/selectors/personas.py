"""Whom a persona would select, looked at before it is saved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from smarketing.accounts.models import User

from ..models import Lead, Persona
from ..rules.conditions import Condition, all_hold, read_conditions
from .preview import batches, how_many_current
from .scores import facts_of
from .visibility import leads_visible_to

SHOWN = 8
REMEMBERED = 300


@dataclass(slots=True)
class Selection:
    """``matching``: all attributes hold; ``selected``: and no persona comes before it. ``taken``:
    the selected ones by the persona that they have now (None: none)."""

    total: int
    looked_at: int = 0
    matching: int = 0
    selected: int = 0
    taken: Counter[int | None] = field(default_factory=Counter)
    leads: list[Lead] = field(default_factory=list)

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.total

    def estimate(self, counted: int) -> int:
        """For all leads, from the even sample that was looked at."""
        return round(counted * self.total / self.looked_at) if self.looked_at else 0


def selection(
    criteria: Sequence[Condition],
    *,
    persona_id: int | None,
    position: int,
    name: str,
    user: User,
    sample: int,
) -> Selection:
    """Try these attributes on at most ``sample`` leads, spread evenly; shown are those ``user`` may see."""
    ahead = [
        read_conditions(other.criteria)
        for other in Persona.objects.filter(is_active=True).exclude(pk=persona_id or 0)
        if other.criteria and (other.position, other.name) < (position, name)
    ]
    found = Selection(total=how_many_current())
    some: list[int] = []
    for leads in batches(found.total, sample):
        for lead in leads:
            facts = facts_of(lead)
            found.looked_at += 1
            if not criteria or not all_hold(criteria, facts):
                continue
            found.matching += 1
            if any(all_hold(other, facts) for other in ahead):
                continue
            found.selected += 1
            found.taken[lead.persona_id] += 1
            if len(some) < REMEMBERED:
                some.append(lead.pk)
    if some:
        found.leads = list(leads_visible_to(user).filter(pk__in=some).select_related("company")[:SHOWN])
    return found
