"""What people change about themselves, and nothing else."""

import pytest
from django.test import Client

from smarketing.accounts.enums import NotificationKind, Role
from smarketing.accounts.models import User

from .factories import make_user

pytestmark = pytest.mark.django_db
GOOD = {
    "first_name": "Ana",
    "last_name": "Gil",
    "language": "es",
    "time_zone": "America/Bogota",
    "colour_scheme": "dark",
    "keyboard_shortcuts": "on",
    "told": [kind for kind in NotificationKind.values if kind != "recycled"],
}


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(role=Role.SDR)
    client.force_login(user)
    return user


def test_everything_of_ones_own_is_saved(user: User, client: Client):
    assert client.post("/profile/", GOOD).status_code == 302
    user.refresh_from_db()
    saved = {name: getattr(user, name) for name in GOOD if name not in ("told", "keyboard_shortcuts")}
    assert saved == {name: GOOD[name] for name in saved}
    assert (user.keyboard_shortcuts, user.muted_notifications) == (True, ["recycled"])


def test_a_tick_that_is_gone_switches_off(user: User, client: Client):
    client.post("/profile/", {name: value for name, value in GOOD.items() if name != "keyboard_shortcuts"})
    user.refresh_from_db()
    assert user.keyboard_shortcuts is False


@pytest.mark.parametrize(
    ("name", "value"), [("role", "admin"), ("email", "boss@example.com"), ("is_staff", "on"), ("team", "1")]
)
def test_nobody_promotes_themselves(user: User, client: Client, name: str, value: str):
    client.post("/profile/", {**GOOD, name: value})
    after = User.objects.get(pk=user.pk)
    assert getattr(after, name) == getattr(user, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("time_zone", "Mars/Base"), ("language", "xx"), ("colour_scheme", "pink"), ("told", ["x"])],
)
def test_what_does_not_exist_is_refused_beside_its_field(
    user: User, client: Client, name: str, value: object
):
    answer = client.post("/profile/", {**GOOD, name: value})
    assert (answer.status_code, f'id="id_{name}_error"' in answer.content.decode()) == (200, True)
    assert User.objects.get(pk=user.pk).first_name == user.first_name


def test_a_saved_language_is_spoken_at_once(user: User, client: Client):
    client.cookies["django_language"] = "en"
    page = client.post("/profile/", GOOD, follow=True).content.decode()
    assert ('lang="es"' in page, "Se guardó su perfil." in page) == (True, True)


def test_a_time_zone_that_is_no_longer_offered_is_kept(user: User, client: Client):
    User.objects.filter(pk=user.pk).update(time_zone="US/Eastern")
    assert '<option value="US/Eastern" selected>' in client.get("/profile/").content.decode()


def test_the_page_says_how_it_looks_before_any_script_runs(user: User, client: Client):
    client.post("/profile/", GOOD)
    assert '<html lang="es" data-scheme="dark">' in client.get("/profile/").content.decode()


def test_the_profile_costs_few_queries(user: User, client: Client, django_assert_num_queries):
    with django_assert_num_queries(4):  # session, user, the user to be changed, the engine's state
        client.get("/profile/")
