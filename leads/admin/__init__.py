from .intake import CampaignAdmin, FormAdmin, SubmissionAdmin
from .merges import MergeAdmin
from .personas import PersonaAdmin
from .rescores import RescoreAdmin
from .rule_sets import RuleGroupAdmin, RuleSetAdmin

__all__ = [
    "CampaignAdmin",
    "FormAdmin",
    "MergeAdmin",
    "PersonaAdmin",
    "RescoreAdmin",
    "RuleGroupAdmin",
    "RuleSetAdmin",
    "SubmissionAdmin",
]
