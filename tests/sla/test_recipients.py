"""A step names roles; somebody always hears."""

from sla.rules.recipients import People, Person, above, next_above, resolve, sales_managers
from smarketing.accounts.enums import Role, Side

REP, BOSS, CEO, ADMIN, MARKETER = 1, 2, 3, 4, 5


def company(*changed: Person) -> People:
    people = [
        Person(REP, Role.SDR, Side.SALES, BOSS),
        Person(BOSS, Role.MANAGER, Side.SALES, CEO),
        Person(CEO, Role.EXECUTIVE),
        Person(ADMIN, Role.ADMIN),
        Person(MARKETER, Role.MARKETER, Side.MARKETING),
    ]
    return {person.id: person for person in [*people, *changed]}


def told(people: People, *roles: str, owner: int | None = REP) -> dict[int, str]:
    return resolve(people, owner_id=owner, roles=roles).people


def test_each_role_is_a_person():
    assert told(company(), "rep", "boss", "ceo", "marketing") == {
        REP: "rep",
        BOSS: "boss",
        CEO: "ceo",
        MARKETER: "marketing",
    }


def test_nobody_is_missing_when_all_are_there():
    assert resolve(company(), owner_id=REP, roles=["rep", "boss"]).missing == []


def test_inactive_rep_is_replaced_by_the_boss():
    away = Person(REP, Role.SDR, Side.SALES, BOSS, is_active=False)
    assert resolve(company(away), owner_id=REP, roles=["rep"]).people == {BOSS: "rep"}
    assert resolve(company(away), owner_id=REP, roles=["rep"]).missing == ["rep"]


def test_inactive_boss_is_replaced_by_the_next_up():
    away = Person(BOSS, Role.MANAGER, Side.SALES, CEO, is_active=False)
    assert told(company(away), "boss") == {CEO: "boss"}


def test_without_a_boss_the_administrators_hear():
    alone = Person(REP, Role.SDR, Side.SALES, None)
    assert told(company(alone), "boss") == {ADMIN: "boss"}


def test_without_a_ceo_the_administrators_hear():
    gone = Person(CEO, Role.EXECUTIVE, is_active=False)
    assert told(company(gone), "ceo") == {ADMIN: "ceo"}


def test_one_person_in_all_roles_hears_once_in_the_highest():
    assert told(company(), "rep", "boss", "ceo", owner=CEO) == {CEO: "ceo", ADMIN: "boss"}
    only = {CEO: Person(CEO, Role.EXECUTIVE), REP: Person(REP, Role.SDR, Side.SALES, CEO)}
    assert told(only, "boss", "ceo") == {CEO: "ceo"}


def test_a_reporting_cycle_ends():
    people = company(Person(BOSS, Role.MANAGER, Side.SALES, REP))
    assert list(above(people, REP)) == [BOSS]


def test_a_cycle_of_inactive_people_falls_to_the_administrators():
    people = company(
        Person(REP, Role.SDR, Side.SALES, BOSS, is_active=False),
        Person(BOSS, Role.MANAGER, Side.SALES, REP, is_active=False),
    )
    assert told(people, "rep", "boss") == {ADMIN: "boss"}


def test_a_lead_without_owner_is_the_sales_managers_matter():
    assert told(company(), "rep", "boss", owner=None) == {BOSS: "boss"}


def test_sales_managers_are_replaced_by_the_administrators():
    assert sales_managers({ADMIN: Person(ADMIN, Role.ADMIN)}) == [ADMIN]


def test_marketing_managers_come_before_marketers():
    people = company(Person(6, Role.MANAGER, Side.MARKETING))
    assert told(people, "marketing") == {6: "marketing"}


def test_an_unreachable_boss_is_passed_over():
    assert next_above(company(), REP, tried=[BOSS]) == [CEO]


def test_when_everybody_was_tried_nobody_is_left():
    assert next_above(company(), ADMIN, tried=[ADMIN]) == []


def test_an_empty_company_has_nobody():
    assert told({}, "rep", "boss", "ceo", "marketing") == {}
