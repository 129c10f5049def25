"""Which leads a person may see; every read and write of every room is scoped by it."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..models import Lead
from ..models.lead import LeadQuerySet


def leads_visible_to(user: User | AnonymousUser) -> LeadQuerySet:
    """Marketers, executives and admins see all; reps what they own; managers what they and everybody
    below them in the reporting line own, and what nobody owns. Merged duplicates are included."""
    owners = owners_visible_to(user)
    if owners is None:
        return Lead.objects.all()
    people = owners - {None}
    if not people:
        return Lead.objects.none()
    return Lead.objects.filter(Q(owner__in=people) | Q(owner=None) if None in owners else Q(owner__in=people))


def owners_visible_to(user: User | AnonymousUser) -> frozenset[int | None] | None:
    """Ids of those whose leads ``user`` sees, None among them for nobody's; None: of everybody."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.role in REP_ROLES:
        return frozenset({user.pk})
    if user.role == Role.MANAGER:
        return frozenset({*subordinate_ids(user), user.pk, None})
    return None
