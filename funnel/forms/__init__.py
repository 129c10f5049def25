"""What the pages of this room ask for."""

from .filters import NONE_GIVEN, EntryForm, LeadListForm, TargetsForm, page_params

__all__ = ["NONE_GIVEN", "EntryForm", "LeadListForm", "TargetsForm", "page_params"]
