"""How the team page says what somebody has."""

from typing import Any

from django import template

from funnel.enums import Stage, Status

from ..selectors.team import Load

register = template.Library()


@register.filter
def open_states(load: Load) -> list[tuple[str, Any, int]]:
    """Key, label and count of each state in which the person has open leads, in the funnel's order."""
    labels = {**{stage.value: stage.label for stage in Stage}, Status.POSTPONED.value: Status.POSTPONED.label}
    return [(key, label, load.open[key]) for key, label in labels.items() if key in load.open]
