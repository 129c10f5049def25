from .merges import MergeAdmin
from .personas import PersonaAdmin
from .rescores import RescoreAdmin
from .rule_sets import RuleGroupAdmin, RuleSetAdmin

__all__ = ["MergeAdmin", "PersonaAdmin", "RescoreAdmin", "RuleGroupAdmin", "RuleSetAdmin"]
