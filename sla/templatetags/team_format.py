"""How the team page says what somebody has."""

from typing import Any

from django import template

from funnel.enums import Stage, Status

from ..enums import Outcome
from ..rules.promises import Kept
from ..selectors.team import Load

register = template.Library()


@register.filter
def open_states(load: Load) -> list[tuple[str, Any, int]]:
    """Key, label and count of each state in which the person has open leads, in the funnel's order."""
    labels = {**{stage.value: stage.label for stage in Stage}, Status.POSTPONED.value: Status.POSTPONED.label}
    return [(key, label, load.open[key]) for key, label in labels.items() if key in load.open]


@register.filter
def outcomes(kept: Kept) -> list[tuple[str, Any, int]]:
    """Key, label and count of what became of the promises; what never happened is left out."""
    counts = {
        Outcome.KEPT: kept.kept,
        Outcome.LATE: kept.late,
        Outcome.MISSED: kept.missed,
        Outcome.OPEN: kept.open,
    }
    return [(outcome.value, outcome.label, n) for outcome, n in counts.items() if n]
