"""Two people save the same setting at the same moment: one is shown what the other did."""

from collections.abc import Callable, Iterator
from threading import Event
from time import sleep

import pytest
from django.db import connection, models, transaction
from django.test import Client

from funnel.models import RoutingRule
from leads.models import Campaign, Form, Persona
from sla.models import Agreement, Calendar, Policy
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Team, User
from tests.accounts.factories import make_user
from tests.faults.racing import race
from tests.funnel.test_personas import make_persona
from tests.smarketing.test_overtaking import PAGES, Filled, named

pytestmark = pytest.mark.django_db(transaction=True)

MODELS: dict[str, type[models.Model]] = {
    "person": User,
    "team": Team,
    "policy": Policy,
    "calendar": Calendar,
    "routing rule": RoutingRule,
    "campaign": Campaign,
    "form": Form,
    "agreement": Agreement,
    "persona": Persona,
}


def persona_page() -> str:
    return f"/personas/{make_persona().pk}/edit/"


@pytest.fixture
def admins() -> Iterator[list[Client]]:
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make_user(role=Role.ADMIN))
    yield clients


def both_wait_for(model: type[models.Model], pk: str, held: Event) -> Callable[[], None]:
    """Hold the thing until whoever saves it stands in line: they have checked what can be checked before."""

    def hold() -> None:
        with transaction.atomic():
            model._base_manager.select_for_update().get(pk=pk)
            held.set()
            with connection.cursor() as cursor:
                for _turn in range(200):
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone()[0] > 1:
                        break
                    sleep(0.05)
                else:
                    raise AssertionError("they do not wait for each other")

    return hold


@pytest.mark.parametrize("page", MODELS)
def test_one_of_two_who_save_at_once_is_asked(admins: list[Client], page: str) -> None:
    path = persona_page() if page == "persona" else PAGES[page]()
    shown = Filled(admins[0].get(path).content.decode()).values
    held = Event()

    def save(client: Client, name: str) -> int:
        held.wait(timeout=20)
        return client.post(path, named(shown, name)).status_code

    pk = path.removesuffix("edit/").removesuffix("plan/").rstrip("/").rsplit("/", 1)[1]
    answers = race(
        both_wait_for(MODELS[page], pk, held),
        lambda: save(admins[0], "Mine"),
        lambda: save(admins[1], "Theirs"),
    )
    assert sorted(answers[1:]) == [302, 409]
