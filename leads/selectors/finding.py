"""One field that finds leads, companies and colleagues: only what the person may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils.functional import cached_property

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..models import Company, Lead
from ..models.folding import folded
from ..rules.folding import has_own_letters
from .search import first_matching, words_of
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
    """Up to ``most`` of each kind, every word of ``text`` beginning a word of theirs; four queries."""
    own = has_own_letters(text)
    words = words_of(text, keep_own=own)
    if not words:
        return Found([], [], [])
    leads = first_matching(leads_visible_to(user).filter(merged_into=None), text)
    companies = Company.objects.filter(leads__in=leads).distinct()
    people = people_visible_to(user)
    companies = companies.alias(words=_words("name", "domain", keep_own=own))
    people = people.alias(words=_words("first_name", "last_name", "email", keep_own=own))
    for word in words:
        # Letters and digits only, so nothing in it is read as an expression.
        companies = companies.filter(words__regex=rf"\m{word}")
        people = people.filter(words__regex=rf"\m{word}")
    return Found(
        list(leads.select_related("company").order_by("-created_at", "-pk")[:most]),
        list(companies.order_by("name", "pk")[:most]),
        list(people[:most]),
    )


def _words(*names: str, keep_own: bool) -> Func:
    together: list[Any] = [part for name in names for part in (F(name), Value(" "))]
    return folded(Concat(*together, output_field=TextField()), keep_own=keep_own)


def people_visible_to(user: User) -> QuerySet[User]:
    """Whose leads one may list: a manager's own line, everybody for who sees all, nobody for reps."""
    everybody = User.objects.filter(is_active=True)
    if not user.is_active or user.role in REP_ROLES:
        return everybody.none()
    if user.role == Role.MANAGER:
        return everybody.filter(pk__in=subordinate_ids(user) | {user.pk})
    return everybody
