"""The plan of the next period, from one that stands: its goal, with rates and values measured anew."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from funnel.enums import Stage
from sla.enums import Feature
from sla.models import Agreement
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

from .agreeing import drafted, signed
from .test_agreements import typed

pytestmark = pytest.mark.django_db
EFFORT = {"attempts": 4, "attempt_minutes": 12, "sql_minutes": 90, "lead_percent": 70}
LATER = {"first_day": date(2026, 7, 1), "last_day": date(2026, 9, 30)}
LINK = "/agreement/new/?from="


@pytest.fixture
def head(client: Client) -> Client:
    client.force_login(make_user(role=Role.MANAGER))
    return client


def begins(client: Client, made: Agreement | str) -> dict[str, Any]:
    number = made if isinstance(made, str) else made.pk
    form = client.get(f"{LINK}{number}").context["form"]
    return {name: form[name].value() for name in form.fields}


def test_it_begins_with_the_goal_and_what_is_measured_now(head: Client) -> None:
    made = signed(**EFFORT, worth_by=Feature.SIZE)
    for stage in (Stage.NEW_NAME, Stage.ENGAGED, Stage.ENGAGED, Stage.ENGAGED):
        make_journey(stage, entered_at=datetime(2026, 1, 5, tzinfo=UTC))
    found = begins(head, made)
    assert [str(found[name]) for name in ("first_day", "last_day")] == ["2026-07-01", "2026-09-30"]
    assert (found["revenue"], found["sale"], found["currency"]) == (100_000, 1000, "EUR")
    assert {name: found[name] for name in EFFORT} == EFFORT
    assert found[f"rate_{Stage.ENGAGED}"] == Decimal(75)
    assert head.get(f"{LINK}{made.pk}").context["worth"].by == Feature.SIZE


def test_a_rate_that_was_never_measured_begins_as_it_was_planned(head: Client) -> None:
    found = begins(head, signed())
    assert [found[f"rate_{stage}"] for stage in (Stage.ENGAGED, Stage.TARGET, Stage.CUSTOMER)] == [
        50,
        100,
        50,
    ]
    assert "nothing was measured yet" in head.get(f"{LINK}{signed(**LATER).pk}").content.decode()


def test_nothing_is_stored_before_it_is_saved_and_the_old_one_stays(head: Client) -> None:
    made = signed()
    assert head.get(f"{LINK}{made.pk}").status_code == 200
    assert Agreement.objects.count() == 1
    head.post(f"{LINK}{made.pk}", typed(name="Summer", first_day="2026-07-01", last_day="2026-09-30"))
    after = Agreement.objects.latest("pk")
    assert (after.name, after.version, after.previous, after.series == made.series) == (
        "Summer", 1, None, False,
    )  # fmt: skip


@pytest.mark.parametrize("odd", ["", "x", "-1", "99", "9" * 40])
def test_an_unknown_one_begins_as_any_plan(head: Client, odd: str) -> None:
    assert begins(head, odd)["revenue"] is None


def test_it_is_offered_where_something_was_signed_to_who_plans(client: Client) -> None:
    made, draft = signed(), drafted()
    seen = {}
    for role in (Role.MANAGER, Role.SDR, Role.EXECUTIVE):
        client.force_login(make_user(role=role))
        pages = [f"/agreement/{one.pk}/{part}" for one in (made, draft) for part in ("", "plan/")]
        seen[role] = [LINK in client.get(page).content.decode() for page in pages]
    nowhere = [False] * 4
    assert seen == {
        Role.MANAGER: [True, True, False, False],
        Role.SDR: nowhere,
        Role.EXECUTIVE: nowhere,
    }
