from .boarding import board, move, places
from .campaigns import campaign, campaigns, edit_campaign
from .deciding import bulk, bulk_job, cancel_bulk_job, take_back_bulk_job
from .lead_list import change_view, choose_columns, export, list_leads, save_view
from .leads import lead
from .report import report
from .start import start
from .targets import targets

__all__ = [
    "board",
    "bulk",
    "bulk_job",
    "campaign",
    "campaigns",
    "cancel_bulk_job",
    "change_view",
    "choose_columns",
    "edit_campaign",
    "export",
    "lead",
    "list_leads",
    "move",
    "places",
    "report",
    "save_view",
    "start",
    "take_back_bulk_job",
    "targets",
]
