from .journey import Journey, StageChange
from .opportunity import Opportunity
from .rollups import RollupCell, RollupDelta, RollupState
from .routing import Assignment, RoutingMember, RoutingRule
from .target import StageTarget

__all__ = [
    "Assignment",
    "Journey",
    "Opportunity",
    "RollupCell",
    "RollupDelta",
    "RollupState",
    "RoutingMember",
    "RoutingRule",
    "StageChange",
    "StageTarget",
]
