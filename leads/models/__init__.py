from .activity import Activity
from .campaign import Campaign, ConsentText, Form, IntakeRevision
from .company import Company
from .importing import Import, ImportMapping, ImportRow
from .lead import Lead
from .merge import Merge
from .notification import Notification
from .persona import Persona
from .scoring import Rescore, Rule, RuleGroup, RuleSet, ScoreChange, Threshold
from .submission import Submission

__all__ = [
    "Activity",
    "Campaign",
    "Company",
    "ConsentText",
    "Form",
    "Import",
    "ImportMapping",
    "ImportRow",
    "IntakeRevision",
    "Lead",
    "Merge",
    "Notification",
    "Persona",
    "Rescore",
    "Rule",
    "RuleGroup",
    "RuleSet",
    "ScoreChange",
    "Submission",
    "Threshold",
]
