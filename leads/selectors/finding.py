"""One field that finds leads, companies and colleagues: only what the person may see."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..models import Company, Lead
from .search import MOST_WORDS, WORD, matching
from .visibility import leads_visible_to


@dataclass(frozen=True)
class Found:
    leads: list[Lead]
    companies: list[Company]
    people: list[User]

    @cached_property
    def count(self) -> int:
        return len(self.leads) + len(self.companies) + len(self.people)


def find(*, user: User, text: str, most: int) -> Found:
    """Up to ``most`` of each kind, every word of ``text`` beginning a word of theirs; three queries."""
    words = WORD.findall(text.lower())[:MOST_WORDS]
    if not words:
        return Found([], [], [])
    leads = matching(leads_visible_to(user), text).filter(merged_into=None)
    companies = Company.objects.filter(leads__in=leads).distinct()
    people = people_visible_to(user)
    for word in words:
        # Letters and digits only, so nothing in it is read as an expression.
        begins = rf"\m{word}"
        companies = companies.filter(Q(name__iregex=begins) | Q(domain__iregex=begins))
        people = people.filter(
            Q(first_name__iregex=begins) | Q(last_name__iregex=begins) | Q(email__iregex=begins)
        )
    return Found(
        list(leads.select_related("company").order_by("-created_at", "-pk")[:most]),
        list(companies.order_by("name", "pk")[:most]),
        list(people[:most]),
    )


def people_visible_to(user: User) -> QuerySet[User]:
    """Whose leads one may list: a manager's own line, everybody for who sees all, nobody for reps."""
    everybody = User.objects.filter(is_active=True)
    if not user.is_active or user.role in REP_ROLES:
        return everybody.none()
    if user.role == Role.MANAGER:
        return everybody.filter(pk__in=subordinate_ids(user) | {user.pk})
    return everybody
