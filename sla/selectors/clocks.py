"""Reads of clocks; the state is derived by time, so a late tick hides no miss."""

from datetime import UTC, datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, DateTimeField, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from leads.models import Activity, Lead
from leads.selectors import in_sight
from smarketing.accounts.models import User

from ..models import Clock
from ..models.clock import ClockQuerySet

NEVER = Value(datetime.max.replace(tzinfo=UTC), DateTimeField())


def clocks_visible_to(user: User | AnonymousUser) -> ClockQuerySet:
    """Clocks of the leads that the user may see."""
    return Clock.objects.filter(in_sight(user))


def overdue_clocks(*, user: User | AnonymousUser, at: datetime) -> ClockQuerySet:
    """Ticking clocks past their deadline, the longest overdue first; with ``made`` attempts."""
    return with_attempts(clocks_visible_to(user).overdue(at)).order_by("due_at", "pk")


def queue_for(user: User) -> ClockQuerySet:
    """What this person has to do next: their own ticking, unpaused clocks, most urgent first.

    With lead, company and journey, and ``made`` attempts to hold against ``attempts``.
    """
    mine = Clock.objects.ticking().filter(owner=user, paused_at=None)
    return with_attempts(mine.select_related("lead__company", "journey")).order_by("due_at", "pk")


def clocks_of(*, lead_id: int) -> ClockQuerySet:
    """All runs of a lead's promises, newest first, with ``made`` attempts."""
    return with_attempts(Clock.objects.filter(lead=lead_id)).order_by("-started_at", "-pk")


def with_attempts(clocks: ClockQuerySet) -> ClockQuerySet:
    """Annotate ``made``: contact attempts by people from the hand-off until the lead was given up."""
    attempts = contacts().values("lead").annotate(n=Count("*")).values("n")
    return clocks.annotate(made=Coalesce(Subquery(attempts, output_field=IntegerField()), 0))


def contacts() -> QuerySet[Activity]:
    """Of a clock: the contacts with its lead, or with the one that this was merged into, who has the
    activities of both; from the hand-off until the journey ended, as those of a later journey keep no
    promise of this one. Only merged leads are looked up for it, of which there are hardly any: to join
    every clock's lead took longer than the contacts themselves."""
    merged = Lead.objects.order_by().filter(pk=OuterRef(OuterRef("lead")), merged_into__isnull=False)
    person = Coalesce(Subquery(merged.values("merged_into")), OuterRef("lead"))
    since, until = OuterRef("journey__mql_at"), Coalesce(OuterRef("journey__closed_at"), NEVER)
    found = Activity.objects.filter(lead=person, is_contact=True)
    return found.filter(occurred_at__gte=since, occurred_at__lte=until).order_by()
