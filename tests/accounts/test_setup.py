"""The first steps of an installation."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import NotAllowed
from smarketing.accounts.models import ConfigChange, Organization, User
from smarketing.accounts.services.setup import found_company, step_was_done, tick_step
from smarketing.accounts.setup_code import setup_address, setup_code

from .factories import make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
FIRST = {
    "code": setup_code(),
    "company": "Acme",
    "first_name": "Ana",
    "last_name": "Gil",
    "email": "ana@example.com",
    "password": "correct-horse-9",
    "again": "correct-horse-9",
    "language": "es",
    "time_zone": "Europe/Madrid",
}


def test_whoever_comes_first_founds_the_company(client: Client):
    assert client.get("/setup/").status_code == 200
    answer = client.post("/setup/", FIRST)
    admin = User.objects.get()
    assert (answer.status_code, admin.role, admin.is_staff) == (302, Role.ADMIN, True)
    assert Organization.objects.get().name == "Acme"
    assert client.get("/setup/").context["user"] == admin


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA", setup_code()[:-1]])
def test_a_stranger_without_the_code_founds_nothing(client: Client, code: str):
    answer = client.post("/setup/", {**FIRST, "code": code})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["code"])
    assert User.objects.count() == 0


def test_the_code_is_taken_however_it_is_typed(client: Client):
    typed = f" {setup_code().replace('-', '').lower()} "
    assert client.post("/setup/", {**FIRST, "code": typed}).status_code == 302


def test_the_operator_may_choose_the_code(client: Client, settings: Any):
    made, settings.SETUP_CODE = setup_code(), "open sesame"
    answers = [client.post("/setup/", {**FIRST, "code": code}).status_code for code in (made, "open sesame")]
    assert answers == [422, 302]


def test_another_key_makes_another_code(settings: Any):
    before, settings.SECRET_KEY = setup_code(), "other" * 20
    assert setup_code() != before


def test_the_servers_output_has_the_link(client: Client, settings: Any, caplog: pytest.LogCaptureFixture):
    out = StringIO()
    call_command("setup", stdout=out)
    page = client.get(setup_address(""))
    link = setup_address(settings.SITE_URL)
    assert (link in out.getvalue(), link in caplog.text) == (True, True)
    assert f'value="{setup_code()}"' in page.content.decode()


def test_once_somebody_can_sign_in_it_is_told_no_more():
    make_user()
    out = StringIO()
    call_command("setup", stdout=out)
    assert "/setup/" not in out.getvalue()


def test_afterwards_strangers_sign_in_first(client: Client):
    client.post("/setup/", FIRST)
    answer = Client().get("/setup/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/setup/")


def test_who_comes_second_is_refused():
    values = {"email": "a@example.com", "first_name": "A"}
    found_company(company="Acme", password="x", values=values, at=AT)
    with pytest.raises(NotAllowed):
        found_company(company="Evil", password="x", values={**values, "email": "b@example.com"}, at=AT)
    assert (User.objects.count(), Organization.objects.get().name) == (1, "Acme")


def test_people_of_an_imported_past_are_nobody(client: Client):
    make_user(is_active=False)
    client.post("/setup/", FIRST)
    assert Organization.objects.get().name == "Acme"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"again": "other"}, {"again"}),
        ({"password": "12345", "again": "12345"}, {"password"}),
        ({"company": ""}, {"company"}),
    ],
)
def test_what_is_wrong_is_told_at_the_field(client: Client, fields: dict[str, str], wrong: set[str]):
    answer = client.post("/setup/", {**FIRST, **fields})
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, wrong)
    assert User.objects.count() == 0


def test_the_password_is_not_in_the_audit_log(client: Client):
    client.post("/setup/", FIRST)
    assert "correct-horse" not in str(list(ConfigChange.objects.values_list("changes", flat=True)))


@pytest.fixture
def admin(client: Client) -> User:
    client.post("/setup/", FIRST)
    return User.objects.get()


def states(client: Client) -> dict[str, bool]:
    return {row["step"].key: row["done"] for row in client.get("/setup/").context["rows"]}


def test_the_steps_come_from_every_room_in_order(client: Client, admin: User):
    assert list(states(client)) == ["people", "calendar", "form", "test"]


def test_a_step_is_done_by_its_facts(client: Client, admin: User):
    assert states(client)["people"] is False
    make_user()
    assert states(client)["people"] is True


def test_a_step_is_ticked_off_and_taken_back(client: Client, admin: User):
    for done in ("1", ""):
        client.post("/setup/steps/calendar/", {"done": done})
        assert states(client)["calendar"] is bool(done)


def test_an_unknown_step_is_not_kept(client: Client, admin: User):
    client.post("/setup/steps/nonsense/", {"done": "1"})
    assert Organization.objects.get().steps_done == []


def test_the_company_gets_another_name(client: Client, admin: User):
    client.post("/setup/", {"name": "Acme Iberia"})
    assert Organization.objects.get().name == "Acme Iberia"


def test_the_setup_ends_once(client: Client, admin: User):
    client.post("/setup/finish/")
    first = Organization.objects.get().setup_finished_at
    client.post("/setup/finish/")
    assert (first is not None, Organization.objects.get().setup_finished_at) == (True, first)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_others_do_not_get_in(client: Client, role: str):
    client.force_login(make_user(role=role))
    answers: list[Any] = [client.get("/setup/").status_code, client.post("/setup/", FIRST).status_code]
    assert answers == [403, 403]


def test_only_administrators_tick():
    with pytest.raises(NotAllowed):
        tick_step(key="people", done=True, actor=make_user(role=Role.MANAGER), at=AT)


def test_the_page_costs_what_it_costs(client: Client, admin: User, django_assert_num_queries):
    client.get("/setup/")
    # session, person, company, colleagues, calendar, forms, submissions
    with django_assert_num_queries(7):
        client.get("/setup/")


def test_signing_in_begins_with_the_setup_while_nobody_can(client: Client):
    assert client.get("/sign-in/")["Location"] == "/setup/"
    make_user()
    assert client.get("/sign-in/").status_code == 200


def test_a_step_that_was_done_is_ticked_once_while_the_setup_goes_on(client: Client, admin: User):
    for _turn in range(2):
        step_was_done(key="test", actor=admin, at=AT)
    assert (Organization.objects.get().steps_done, states(client)["test"]) == (["test"], True)
    client.post("/setup/finish/")
    step_was_done(key="form", actor=admin, at=AT)
    assert Organization.objects.get().steps_done == ["test"]


def test_without_a_company_no_step_is_kept():
    step_was_done(key="test", actor=make_user(), at=AT)
    assert Organization.objects.count() == 0
