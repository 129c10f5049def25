"""This room's part in taking an action back: where the lead stood, whose it was, what it was worth."""

from django.db.models import F

from leads.services.images import Image, remove_added, remove_new, restore_old, take_image

from ..models import Assignment, Journey, Opportunity, RoutingMember, StageChange


def image_of(lead_id: int) -> Image:
    """Locks the journeys; the caller holds the lead's lock."""
    journeys = Journey.objects.filter(lead=lead_id).order_by("pk").select_for_update(no_key=True)
    kept = [
        journeys,
        Opportunity.objects.filter(journey__lead=lead_id),
        Assignment.objects.filter(lead=lead_id),
    ]
    return take_image(kept, [StageChange.objects.filter(lead=lead_id)])


def put_back(*, lead_id: int, before: Image, after: Image) -> None:
    """As it was before; the pool that gave the lead away takes it off its count again.

    The funnel's sums follow by themselves: triggers tell the rollups of every change.
    """
    remove_added(StageChange.objects.filter(lead=lead_id), before=before)
    _uncount(before, after)
    for model in (Opportunity, Assignment, Journey):
        remove_new(model, before=before, after=after)
    # The journey that was current must find its place free, so what is new went first.
    for model in (Journey, Assignment, Opportunity):
        restore_old(model, before=before, after=after)


def _uncount(before: Image, after: Image) -> None:
    old, new = (image["kept"][Assignment._meta.label] for image in (before, after))
    for pk in new.keys() - old.keys():
        given = new[pk]
        if given["decision"].get("why") == "lowest_level" and given["rule_id"] and given["user_id"]:
            RoutingMember.objects.filter(rule=given["rule_id"], user=given["user_id"], assigned__gt=0).update(
                assigned=F("assigned") - 1
            )
