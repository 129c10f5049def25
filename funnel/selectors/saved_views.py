"""A person's saved views, and how their list is set."""

from collections.abc import Sequence
from dataclasses import dataclass

from smarketing.accounts.models import User

from ..models import SavedView
from . import lead_columns


@dataclass(frozen=True, slots=True)
class Views:
    """``setting``: the person's own row, None while they changed nothing."""

    named: Sequence[SavedView]
    setting: SavedView | None

    @property
    def columns(self) -> list[str]:
        return lead_columns.known(self.setting.columns if self.setting else ())

    @property
    def opening(self) -> SavedView | None:
        """The view that the list opens with, while it may still be seen."""
        return self.find(self.setting.opens_with_id) if self.setting else None

    def find(self, pk: int | None) -> SavedView | None:
        return next((view for view in self.named if view.pk == pk), None)


def views_of(user: User) -> Views:
    """One query."""
    rows = list(SavedView.objects.visible_to(user).select_related("owner").order_by("name", "pk"))
    setting = next((row for row in rows if not row.name and row.owner_id == user.pk), None)
    return Views([row for row in rows if row.name], setting)
