"""Who would get a lead: the very rules of routing, and nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from smarketing.accounts.models import Absence, User

from ..models import Assignment, RoutingMember, RoutingRule
from ..rules.routing import CAPACITY_WINDOW, choose, why_passed_by
from .routing import candidate_of


@dataclass(frozen=True)
class Passed:
    """A rule asked in vain before the one that took the lead, or all when none did."""

    rule: RoutingRule
    why: str


@dataclass(frozen=True)
class Standing:
    """A member of the pool. ``why`` is the key of the reason to skip them, empty when eligible."""

    user: User
    level: float
    weight: int
    given: int
    capacity: int | None
    why: str
    is_chosen: bool


@dataclass(frozen=True)
class Trial:
    """``rule`` None: no rule takes such a lead; ``chosen`` None: nobody of the pool is eligible."""

    passed: list[Passed]
    rule: RoutingRule | None
    members: list[Standing]
    chosen: User | None


def try_routing(*, role: str, country: str, employees: int | None, at: datetime) -> Trial:
    """What ``routing.assign`` would decide at ``at``; no lock, no count, no turn taken. Two queries."""
    passed: list[Passed] = []
    found = None
    for rule in RoutingRule.objects.filter(role=role, is_active=True).order_by("position", "pk"):
        why = why_passed_by(
            countries=rule.countries,
            least=rule.min_employees,
            most=rule.max_employees,
            country=country,
            employees=employees,
        )
        if not why:
            found = rule
            break
        passed.append(Passed(rule, why))
    if found is None:
        return Trial(passed, None, [], None)
    members = _members(found, at)
    candidates = [candidate_of(member) for member in members]
    choice = choose(candidates, target=found.role)
    reasons = {candidate.member_id: why for candidate, why in choice.skipped}
    chosen = choice.chosen.member_id if choice.chosen else None
    standings = [
        Standing(
            user=member.user,
            level=candidate.level,
            weight=candidate.weight,
            given=candidate.given,
            capacity=candidate.capacity,
            why=reasons.get(member.pk, ""),
            is_chosen=member.pk == chosen,
        )
        for member, candidate in zip(members, candidates, strict=True)
    ]
    standings.sort(key=lambda one: (not one.is_chosen, bool(one.why), one.level))
    return Trial(passed, found, standings, next((one.user for one in standings if one.is_chosen), None))


def _members(rule: RoutingRule, at: datetime) -> list[RoutingMember]:
    """Members with what decides about them: ``absent`` and ``given`` (0 where no capacity bounds it)."""
    absences = Absence.objects.filter(user=OuterRef("user"), starts_at__lte=at, ends_at__gt=at)
    received = (
        Assignment.objects.filter(user=OuterRef("user"), assigned_at__gt=at - CAPACITY_WINDOW)
        .order_by()
        .values("user")
        .annotate(n=Count("pk"))
        .values("n")
    )
    given = Case(
        When(capacity__isnull=False, then=Coalesce(Subquery(received), 0)),
        default=Value(0),
        output_field=IntegerField(),
    )
    members = RoutingMember.objects.filter(rule=rule).select_related("user").order_by("pk")
    return list(members.annotate(absent=Exists(absences), given=given))
