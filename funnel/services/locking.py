"""Row locks of this room. Order everywhere, so that nobody waits in a circle: lead, journey, clock, pool."""

from leads.models import Lead

from ..models import Journey


def lock_journey(journey_id: int) -> Journey:
    """The journey, locked after its lead; both fresh. Raises ``Journey.DoesNotExist``."""
    lead_id = Journey.objects.values_list("lead_id", flat=True).get(pk=journey_id)
    lead = Lead.objects.select_for_update(no_key=True).get(pk=lead_id)
    journey = Journey.objects.select_for_update(no_key=True).get(pk=journey_id)
    if journey.lead_id != lead.pk:  # a merge moved it between the two statements
        return lock_journey(journey_id)
    journey.lead = lead
    return journey


def lock_current(lead: Lead) -> Journey | None:
    """The current journey of a lead that the caller has locked; None when there is none yet."""
    journey = Journey.objects.select_for_update(no_key=True).filter(lead=lead, is_current=True).first()
    if journey is not None:
        journey.lead = lead
    return journey
