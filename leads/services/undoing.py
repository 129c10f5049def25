"""This room's part in taking an action back: the lead's columns, what was recorded, what it scored."""

from ..models import Activity, Lead, ScoreChange
from .images import Image, remove_added, restore_old, take_image


def image_of(lead_id: int) -> Image:
    """The caller holds the lead's lock."""
    return take_image(
        [Lead.objects.filter(pk=lead_id)],
        [Activity.objects.filter(lead=lead_id), ScoreChange.objects.filter(lead=lead_id)],
    )


def put_back(*, lead_id: int, before: Image, after: Image) -> None:
    """As it was before, byte for byte. The caller has compared ``after`` with the present, under locks."""
    remove_added(Activity.objects.filter(lead=lead_id), before=before)
    remove_added(ScoreChange.objects.filter(lead=lead_id), before=before)
    restore_old(Lead, before=before, after=after)
