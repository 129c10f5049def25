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
    if not isinstance(user, User) or not user.is_active:
        return Lead.objects.none()
    if user.role in REP_ROLES:
        return Lead.objects.filter(owner=user)
    if user.role == Role.MANAGER:
        people = subordinate_ids(user) | {user.pk}
        return Lead.objects.filter(Q(owner__in=people) | Q(owner=None))
    return Lead.objects.all()
