"""Leads by stage, side by side: the latest of each stage, and how many there are."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from smarketing.accounts.models import User

from ..enums import PART_OF, STAGES, Part, Stage, Status
from ..models import Journey
from ..models.journey import JourneyQuerySet
from ..rules.moves import Edge, moves_forward
from ..rules.report import States

PER_STAGE = 20
STANDING = (Status.ACTIVE, Status.POSTPONED, Status.WON)
"""Who stands in a stage; closed ones are found by the list."""


@dataclass(frozen=True, slots=True)
class Card:
    journey: Journey
    moves: list[Edge]

    @property
    def targets(self) -> str:
        """Stage and move, as the page's script reads them: "mql:hand_off sql:qualify"."""
        return " ".join(f"{edge.to_stage.value}:{edge.move.value}" for edge in self.moves)


@dataclass(frozen=True, slots=True)
class Lane:
    stage: Stage
    count: int
    cards: list[Card]

    @property
    def part(self) -> Part:
        return PART_OF[self.stage]

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def board(found: JourneyQuerySet, user: User, known: States | None = None) -> list[Lane]:
    """The lanes of these journeys (a list of leads as it is filtered); three queries at any size.
    ``known``: the states of all of them, where sums have them.

    Each lane reads its latest rows from the index on stage, so a crowded stage costs no more; one
    that holds nobody is not read at all, or a rep's board would look through everybody's new names.
    """
    standing = found.filter(is_current=True, status__in=STANDING).select_related(None).order_by()
    counts: Any = standing.values_list("stage").annotate(n=Count("pk")) if known is None else ()
    by_stage = (
        dict(counts) if known is None else {stage.value: n for stage in STAGES if (n := known.resting(stage))}
    )
    latest = [
        standing.filter(stage=stage).order_by("-stage_since", "-id").values_list("pk", flat=True)[:PER_STAGE]
        for stage in by_stage
    ]
    ids = latest[0].union(*latest[1:], all=True) if latest else Journey.objects.none()
    cards: dict[str, list[Card]] = defaultdict(list)
    rows = Journey.objects.filter(pk__in=list(ids)).select_related("lead__company", "lead__owner")
    for journey in rows.order_by("-stage_since", "-id"):
        moves = moves_forward(user.role, stage=journey.stage, status=journey.status)
        cards[journey.stage].append(Card(journey, moves))
    return [Lane(stage, by_stage.get(stage.value, 0), cards[stage]) for stage in STAGES]
