"""To whom leads were given."""

from django.db.models import OuterRef, Subquery

from ..models import Assignment


def handed_to(field: str = "user") -> Subquery:
    """Of a journey: who was the first to have it after the hand-off, or ``field`` of them; whoever has
    the lead now. While nobody was eligible, nobody; there is no assignment before the hand-off."""
    given = Assignment.objects.filter(journey=OuterRef("pk"), user__isnull=False)
    return Subquery(given.order_by("assigned_at", "pk").values(field)[:1])
