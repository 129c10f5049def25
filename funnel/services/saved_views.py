"""Saved views, and how a person wants their list; nobody changes another's."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User

from ..errors import InvalidMove, NotAllowed
from ..models import SavedView
from ..models.saved_views import LONGEST_NAME
from ..selectors import lead_columns

MOST_VIEWS = 50


@transaction.atomic
def save_view(*, actor: User, name: str, sharing: str, query: str, columns: Iterable[str]) -> SavedView:
    """Keep filters and columns under a name; the same name again replaces the person's own view.

    Raises InvalidMove that names the field, NotAllowed past 50 views.
    """
    name = _named(name)
    own = SavedView.objects.select_for_update().filter(owner=actor).exclude(name="")
    if not own.filter(name=name).exists() and own.count() >= MOST_VIEWS:
        raise NotAllowed(_("You have %(n)d views; delete one first.") % {"n": MOST_VIEWS})
    values = {"sharing": sharing, "query": query, "columns": lead_columns.known(columns)}
    return SavedView.objects.update_or_create(owner=actor, name=name, defaults=values)[0]


@transaction.atomic
def rename_view(*, actor: User, view_id: int, name: str) -> SavedView:
    """Everybody it is shared with sees the new name.

    Raises ``SavedView.DoesNotExist``, also for another's; InvalidMove that names the field.
    """
    own = SavedView.objects.select_for_update().filter(owner=actor).exclude(name="")
    view = own.get(pk=view_id)
    name = _named(name)
    if own.filter(name=name).exclude(pk=view_id).exists():
        raise InvalidMove(_("You have another view of this name; take a different one."), field="name")
    view.name = name
    view.save(update_fields=["name"])
    return view


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidMove(
            _("A view needs a name of up to %(n)d letters.") % {"n": LONGEST_NAME}, field="name"
        )
    return name


def delete_view(*, actor: User, view_id: int) -> None:
    """Raises ``SavedView.DoesNotExist``, also for another's."""
    SavedView.objects.exclude(name="").get(owner=actor, pk=view_id).delete()


def choose_columns(*, actor: User, columns: Iterable[str]) -> None:
    SavedView.objects.update_or_create(
        owner=actor, name="", defaults={"columns": lead_columns.known(columns)}
    )


def open_with(*, actor: User, view_id: int | None) -> None:
    """Which visible view the person's list opens with (None: all leads); ``SavedView.DoesNotExist``."""
    visible = SavedView.objects.visible_to(actor).exclude(name="")
    view = visible.get(pk=view_id) if view_id is not None else None
    SavedView.objects.update_or_create(owner=actor, name="", defaults={"opens_with": view})
