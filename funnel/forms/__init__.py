"""What the pages of this room ask for."""

from .deciding import BulkForm, MoveForm, SaveViewForm
from .filters import NONE_GIVEN, EntryForm, LeadListForm, TargetsForm, page_params

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
