"""The API keeps what its schema says, whatever is sent: Schemathesis over every operation."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from funnel.enums import Move, Reason
from funnel.models import Opportunity
from funnel.services.moving import move_journey
from leads.models import Lead
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from smarketing.accounts.enums import Role, Scope
from smarketing.wsgi import application
from tests.accounts.factories import make_token, make_user
from tests.funnel.pools import MONEY, NOON, Crew, entered_lead
from tests.leads.factories import make_activity, make_company, make_form
from tests.sla.ladders import MONDAY, make_chain, make_ladders
from tests.undoing import taken_back

EXAMPLES = 12
"""Cases an operation beside those that its schema spells out; three callers ask each."""

NOT_SAID = ["ignored_auth", "positive_data_acceptance"]
"""Open operations need no credentials; and a schema cannot say what fields mean to each other (a
cursor, a sort that suits a stage) or what rows decide (each form has fields of its own), so values
that it allows one by one may be refused."""

READ_ONLY = [Scope.LEADS_READ, Scope.FUNNEL_READ, Scope.REMINDERS_READ]

ENDS: list[tuple[str, Move, dict[str, Any]]] = [
    ("mql", Move.RECYCLE, {"reason": Reason.NO_NEED}),
    ("mql", Move.DISQUALIFY, {"reason": Reason.SPAM}),
    ("mql", Move.POSTPONE, {"reason": Reason.NOT_READY, "resume_at": NOON + timedelta(days=30)}),
    ("sql", Move.CONVERT, MONEY),
    ("opportunity", Move.WIN, {}),
    ("opportunity", Move.LOSE, {"reason": Reason.PRICE}),
]

schema = schemathesis.openapi.from_wsgi("/api/v1/schema", application)
known_ids: dict[str, list[Any]] = {}
"""Ids that exist, by the name of the path parameter; filled by `callers`."""


def is_id(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Random ids are all missing; every second one is replaced by one that exists. What is no id
    at all stays: it is there to be refused."""
    for name, value in (path_parameters or {}).items():
        pick = crc32(str(value).encode())  # not `hash`: it differs in each process
        if known_ids.get(name) and pick % 2 and is_id(value):
            assert path_parameters is not None
            path_parameters[name] = known_ids[name][pick // 2 % len(known_ids[name])]
    return path_parameters


def lived_leads() -> list[int]:
    """Leads with all that an answer can hold: each stage and end, no e-mail address, a company, an
    opportunity, a postponement, a clock and people told; without them most of it is never answered."""
    install_defaults(at=NOON)
    crew = Crew()
    for stage, move, details in ENDS:
        journey = crew.journey_at(stage)
        move_journey(journey_id=journey.pk, move=move, actor=crew.manager, at=NOON, **details)
    for stage in ("new_name", "engaged", "target"):
        crew.journey_at(stage)
    nameless = entered_lead(email="", email_key=None, external_id="no address", company=make_company())
    make_activity(nameless, outcome="")
    make_ladders([make_chain()[0]])
    tick(at=MONDAY)
    return list(Lead.objects.values_list("pk", flat=True))


@pytest.fixture(scope="module")
def callers(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, dict[str, str]]]:
    """Headers of an administrator, of a token that only reads, and of nobody."""
    # A real request gives its connection back; here that would end the test's transaction.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    with django_db_blocker.unblock(), taken_back():
        admin = make_user(role=Role.ADMIN)
        known_ids["form_id"] = [str(make_form(rate_per_minute=0).pk)]
        known_ids["lead_id"] = lived_leads()
        known_ids["opportunity_id"] = list(Opportunity.objects.values_list("pk", flat=True))
        yield {
            "admin": {"Authorization": f"Bearer {make_token(admin)[1]}"},
            "reader": {"Authorization": f"Bearer {make_token(admin, scopes=READ_ONLY)[1]}"},
            "nobody": {},
        }
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    known_ids.clear()


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_in_the_schema(case: Any, callers: dict[str, dict[str, str]]):
    """Every case is asked by all callers: making it costs as much as an answer."""
    for caller, headers in callers.items():
        answer = case.call(headers=headers)
        case.validate_response(answer, excluded_checks=CHECKS.get_by_names(NOT_SAID))
        assert answer.status_code < 500
        if caller == "nobody" and any(case.operation.definition.raw.get("security", [])):
            assert answer.status_code in {401, 404}  # 404: not even an address


def test_the_schema_is_valid_without_warnings():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        generated = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(generated)
    assert [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache] == []


def test_the_schema_is_open_and_json(client: Client):
    answer = client.get("/api/v1/schema")
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json()["info"]["title"] == "Smarketing"


def test_the_docs_load_nothing_from_elsewhere(client: Client):
    page = client.get("/api/v1/docs").content.decode()
    assert "//" not in page.replace("<!doctype html>", "")


def test_only_get_and_head_reach_the_docs(client: Client):
    assert client.post("/api/v1/docs").status_code == 405
