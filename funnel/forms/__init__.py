"""What the pages of this room ask for."""

from .deciding import BulkForm, MoveForm, SaveViewForm
from .filters import NONE_GIVEN, EntryForm, TargetsForm, page_params
from .lead_list import LeadListForm

__all__ = [
    "NONE_GIVEN",
    "BulkForm",
    "EntryForm",
    "LeadListForm",
    "MoveForm",
    "SaveViewForm",
    "TargetsForm",
    "page_params",
]
