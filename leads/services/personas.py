"""Buyer personas change seldom; when they do, everybody is looked at again."""

from datetime import datetime

from ..models import Rescore
from ..selectors import rule_sets
from .publishing import start_rescore


def reassign_personas(*, at: datetime) -> Rescore | None:
    """Begin a re-score by the live rules, which finds everybody's persona anew; None without rules."""
    rule_set = rule_sets.live_rule_set()
    return start_rescore(rule_set_id=rule_set.id, at=at) if rule_set else None
