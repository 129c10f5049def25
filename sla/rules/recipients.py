"""Who is told: a step names roles, a mail goes to people.

Nobody is ever told silently: whoever is missing is replaced by the next one who can act, in the
end by the administrators; the answer names the roles that needed a stand-in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from smarketing.accounts.enums import Role, Side

from ..enums import Recipient


@dataclass(frozen=True, slots=True)
class Person:
    """``side`` is that of the person's team, empty without one."""

    id: int
    role: str
    side: str = ""
    reports_to: int | None = None
    is_active: bool = True


People = Mapping[int, Person]


@dataclass(frozen=True, slots=True)
class Told:
    """``people``: person → the role in which they are told. ``missing``: roles nobody holds."""

    people: dict[int, str]
    missing: list[str]


_RANK = {role: rank for rank, role in enumerate(Recipient.values)}


def resolve(people: People, *, owner_id: int | None, roles: Iterable[str]) -> Told:
    """Each person once, in the highest of their roles, whoever rep, boss and CEO may be."""
    told: dict[int, str] = {}
    missing: list[str] = []
    for role in sorted(roles, key=lambda role: _RANK[role]):
        holders, is_stand_in = _holders(people, role, owner_id)
        told.update(dict.fromkeys(holders, role))
        if is_stand_in:
            missing.append(role)
    return Told(told, missing)


def above(people: People, person_id: int | None) -> Iterator[int]:
    """Active people up the reporting line, nearest first; ends where a cycle closes."""
    seen = {person_id}
    person = people.get(person_id) if person_id else None
    while person and person.reports_to and person.reports_to not in seen:
        seen.add(person.reports_to)
        person = people.get(person.reports_to)
        if person and person.is_active:
            yield person.id


def next_above(people: People, person_id: int | None, *, tried: Iterable[int | None] = ()) -> list[int]:
    """Who hears that ``person_id`` cannot be reached: the next one up, else the administrators."""
    spent = {person_id, *tried}
    chief = next((boss for boss in above(people, person_id) if boss not in spent), None)
    return [chief] if chief else [admin for admin in _active(people, Role.ADMIN) if admin not in spent]


def sales_managers(people: People) -> list[int]:
    """Who hears of leads that nobody is eligible for."""
    return _active(people, Role.MANAGER, Side.SALES) or _active(people, Role.ADMIN)


def marketing(people: People) -> list[int]:
    """Marketing's managers, else its marketers, else the administrators."""
    return (
        _active(people, Role.MANAGER, Side.MARKETING)
        or _active(people, Role.MARKETER)
        or _active(people, Role.ADMIN)
    )


def _holders(people: People, role: str, owner_id: int | None) -> tuple[list[int], bool]:
    """(people who stand for the role, whether they only stand in)."""
    if role == Recipient.CEO:
        chiefs = _active(people, Role.EXECUTIVE)
        return (chiefs, False) if chiefs else (_active(people, Role.ADMIN), True)
    if role == Recipient.MARKETING:
        found = marketing(people)
        return found, any(people[one].role == Role.ADMIN for one in found)
    owner = people.get(owner_id) if owner_id else None
    if role == Recipient.REP and owner and owner.is_active:
        return [owner.id], False
    bosses = next_above(people, owner_id) if owner else sales_managers(people)
    direct = role == Recipient.BOSS and owner is not None and bosses == [owner.reports_to]
    return bosses, not direct


def _active(people: People, role: str, side: str | None = None) -> list[int]:
    return [
        person.id
        for person in people.values()
        if person.is_active and person.role == role and side in (None, person.side)
    ]
