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
    return Lead.objects.all() if owners is None else _owned_by(owners)


def in_sight(user: User | AnonymousUser, lead: str = "lead") -> Q:
    """A condition for what belongs to leads that ``user`` may see (``lead``: the way to them); none for
    who sees all of them, so that nothing is looked up to be let through."""
    owners = owners_visible_to(user)
    return Q() if owners is None else Q(**{f"{lead}__in": _owned_by(owners).values("pk")})


def each_in_sight(user: User | AnonymousUser, lead: str = "lead") -> Q:
    """``in_sight`` asked of each row's own lead: for what is few beside the leads that ``user`` sees."""
    owners = owners_visible_to(user)
    if owners is None:
        return Q()
    theirs = Q(**{f"{lead}__owner__in": owners - {None}})
    return theirs | Q(**{f"{lead}__owner": None}) if None in owners else theirs


def _owned_by(owners: frozenset[int | None]) -> LeadQuerySet:
    people = owners - {None}
    if not people:
        return Lead.objects.none()
    return Lead.objects.filter(Q(owner__in=people) | Q(owner=None) if None in owners else Q(owner__in=people))


def sees_all(user: User | AnonymousUser) -> bool:
    """Whether no lead is out of this person's sight; asks nothing of the database."""
    part = (*REP_ROLES, Role.MANAGER)
    return isinstance(user, User) and user.is_active and user.role not in part


def owners_visible_to(user: User | AnonymousUser) -> frozenset[int | None] | None:
    """Ids of those whose leads ``user`` sees, None among them for nobody's; None: of everybody."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.role in REP_ROLES:
        return frozenset({user.pk})
    if user.role == Role.MANAGER:
        return frozenset({*subordinate_ids(user), user.pk, None})
    return None
