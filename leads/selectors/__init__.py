from .rule_sets import live_rule_set
from .scores import explain, facts_of, qualification
from .visibility import each_in_sight, in_sight, leads_visible_to

__all__ = [
    "each_in_sight",
    "explain",
    "facts_of",
    "in_sight",
    "leads_visible_to",
    "live_rule_set",
    "qualification",
]
