from .journey import Journey, StageChange
from .opportunity import Opportunity
from .routing import Assignment, RoutingMember, RoutingRule

__all__ = ["Assignment", "Journey", "Opportunity", "RoutingMember", "RoutingRule", "StageChange"]
