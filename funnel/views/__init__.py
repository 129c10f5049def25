from .campaigns import campaign, campaigns, edit_campaign
from .leads import lead, leads
from .report import report
from .start import start
from .targets import targets

__all__ = ["campaign", "campaigns", "edit_campaign", "lead", "leads", "report", "start", "targets"]
