from .bulk import BulkBefore, BulkJob
from .journey import Journey, StageChange
from .opportunity import Opportunity
from .returned import ReturnDecision
from .rollups import RollupCell, RollupDelta, RollupState
from .routing import Assignment, RoutingMember, RoutingRule
from .saved_views import SavedView
from .target import StageTarget

__all__ = [
    "Assignment",
    "BulkBefore",
    "BulkJob",
    "Journey",
    "Opportunity",
    "ReturnDecision",
    "RollupCell",
    "RollupDelta",
    "RollupState",
    "RoutingMember",
    "RoutingRule",
    "SavedView",
    "StageChange",
    "StageTarget",
]
