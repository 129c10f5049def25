"""How far scores carry a journey: up to MQL, never back, and not without a sign of life."""

from datetime import datetime

from ..enums import RANK, Stage


def has_engaged(
    *, number: int, entered_at: datetime, first_meaningful: datetime | None, last_meaningful: datetime | None
) -> bool:
    """Whether the lead did something meaningful in this journey.

    In the first journey anything it ever did counts. A later one needs something newer than its
    entry: a recycled lead keeps its fit and most of its interest and would bounce straight back.
    """
    if number == 1:
        return first_meaningful is not None
    return last_meaningful is not None and last_meaningful > entered_at


def furthest_stage(*, stage: str, engaged: bool, reached: str) -> Stage:
    """The stage that a journey at ``stage`` has earned.

    ``reached``: the furthest agreement the scores meet ("none", "target", "mql"). Who meets the one
    for MQL passes *target* on the way. Scores alone engage nobody.
    """
    if not engaged and RANK[stage] < RANK[Stage.ENGAGED]:
        return Stage(stage)
    earned = {"target": Stage.TARGET, "mql": Stage.MQL}.get(reached, Stage.ENGAGED)
    return earned if RANK[earned] > RANK[stage] else Stage(stage)
