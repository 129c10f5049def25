"""What the filters of the lists offer."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import CharField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from leads.models import Campaign, Persona
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import Team, User
from smarketing.accounts.selectors import subordinate_ids

from ..enums import Cube, Grain, Measure
from ..models import RollupCell

CAMPAIGN, PERSONA, PERSON, TEAM, SOURCE = "campaign", "persona", "person", "team", "source"
MOST_SOURCES = 200


def choices_of(kinds: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """``(id, name)`` of all campaigns, teams, personas or active people, by name, and of sources the
    source itself: one query for all kinds."""
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(*_statement(tuple(found)))
        for kind, pk, name in cursor.fetchall():
            found[kind].append((pk, name))
    return {kind: sorted(rows, key=lambda row: row[1].casefold()) for kind, rows in found.items()}


@cache
def _statement(kinds: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """Put together once: every page with filters asks it, and putting together takes longest."""
    first, *others = [_rows(kind) for kind in kinds]
    rows = first.union(*others, all=True) if others else first
    return rows.query.sql_with_params()


def _rows(kind: str) -> QuerySet[Any, tuple[Any, ...]]:
    full_name = NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value(""))
    sources: dict[str, tuple[Callable[[], QuerySet[Any]], Any]] = {
        CAMPAIGN: (Campaign.objects.all, F("name")),
        TEAM: (Team.objects.all, F("name")),
        SOURCE: (known_sources, F("key")),
        PERSONA: (Persona.objects.all, F("name")),
        PERSON: (_active_people, Coalesce(full_name, F("email"), output_field=CharField())),
    }
    rows, name = sources[kind]
    key = F("key") if kind == SOURCE else Cast("pk", TextField())
    shown: Any = {"kind": Value(kind, output_field=CharField()), "id_text": key, "shown": name}
    found = rows().order_by().annotate(**shown).values_list("kind", "id_text", "shown")
    return found.order_by("key")[:MOST_SOURCES] if kind == SOURCE else found


def _active_people() -> QuerySet[User]:
    return User.objects.filter(is_active=True)


def known_sources() -> QuerySet[RollupCell]:
    """The first of those that any journey came from, by name; each has one such cell."""
    return RollupCell.objects.filter(
        cube=Cube.SOURCE, grain=Grain.ALL, measure=Measure.STATE, within="", part=""
    ).exclude(key="")


def receivers_for(actor: User) -> list[tuple[str, str]]:
    """Reps to whom this person may give leads: a manager's own people, anybody for an administrator."""
    people = User.objects.filter(is_active=True, role__in=REP_ROLES).order_by("first_name", "last_name")
    if actor.role == Role.MANAGER:
        people = people.filter(pk__in=subordinate_ids(actor))
    return [(str(person.pk), f"{person} · {person.get_role_display()}") for person in people]
