from .campaigns import campaign, campaigns, edit_campaign
from .leads import lead, leads
from .report import report
from .start import start

__all__ = ["campaign", "campaigns", "edit_campaign", "lead", "leads", "report", "start"]
