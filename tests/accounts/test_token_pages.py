"""API tokens in the settings pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from smarketing.accounts.models import ApiToken, ConfigChange, User

from .factories import make_token, make_user

pytestmark = pytest.mark.django_db
PAGE = "/settings/tokens/"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN, time_zone="Europe/Madrid")
    client.force_login(user)
    return user


def issue(client: Client, user: User, **fields: object):
    return client.post(PAGE, {"name": "site", "user": user.pk, "scopes": ["leads:read"], **fields})


def test_a_token_is_shown_once_and_works(client: Client, admin: User):
    found = re.search(r"smk_[\w-]{43}", issue(client, user := make_user()).content.decode())
    assert found is not None
    assert found[0] not in client.get(PAGE).content.decode()
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"})
    assert answer.json()["email"] == user.email


def test_a_token_page_is_kept_by_no_cache(client: Client, admin: User):
    assert issue(client, make_user())["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"scopes": []}, {"scopes"}), ({"expires_on": "2020-01-01"}, {"expires_on"}), ({"name": ""}, {"name"})],
)
def test_what_is_wrong_is_told_at_the_field(client: Client, admin: User, fields: dict, wrong: set[str]):
    answer = issue(client, make_user(), **fields)
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, wrong)
    assert ApiToken.objects.count() == 0


def test_the_last_day_is_whole_where_the_administrator_is(client: Client, admin: User):
    issue(client, make_user(), expires_on="2099-06-30")
    assert ApiToken.objects.get().expires_at == datetime(2099, 6, 30, 22, tzinfo=UTC)


def test_a_token_is_revoked_and_told(client: Client, admin: User):
    token, plain = make_token()
    client.post(f"{PAGE}{token.pk}/revoke/")
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {plain}"})
    newest = ConfigChange.objects.first()
    assert (answer.status_code, newest.actor, newest.changes[0]["field"]) == (401, admin, "revoked_at")  # type: ignore[union-attr]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_at_any_length(
    client: Client, admin: User, rows: int, django_assert_num_queries
):
    for _ in range(rows):
        make_token(make_user())
    client.get(PAGE)
    with django_assert_num_queries(5):  # session, person, count, tokens, people to choose
        client.get(PAGE)


def test_those_that_work_no_more_are_apart(client: Client, admin: User):
    make_token(name="here"), make_token(name="over", at=LONG_AGO, expires_at=LONG_AGO + timedelta(days=1))
    revoked, _ = make_token(name="gone")
    client.post(f"{PAGE}{revoked.pk}/revoke/")
    listed = [{token.name for token in client.get(PAGE + tab).context["page"]} for tab in ("", "?ended=1")]
    assert listed == [{"here"}, {"gone", "over"}]


def test_it_goes_on_after_fifty(client: Client, admin: User):
    user = make_user()
    for _ in range(51):
        make_token(user)
    assert [len(client.get(PAGE, {"page": number}).context["page"]) for number in (1, 2)] == [50, 1]


def test_what_it_may_do_is_told_in_words(client: Client, admin: User):
    make_token(scopes=["leads:read"])
    client.cookies["django_language"] = "es"
    page = client.get(PAGE).content.decode()
    assert ('class="tag">Leer prospectos<' in page, "leads:read<" in page) == (True, False)
