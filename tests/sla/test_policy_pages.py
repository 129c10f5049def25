"""Policies in the settings pages, and the simulator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from funnel.enums import Stage
from sla.enums import ClockKind
from sla.models import Calendar, Clock, Holiday, Policy, Reminder
from sla.services.clocks import start_clock
from sla.services.defaults import install_defaults
from sla.views.policies import example_moment
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from smarketing.accounts.services.audit import changing
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.agreeing import signed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 6, 16, 58, tzinfo=UTC)  # Friday 17:58 in Madrid


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN, first_name="Ada", last_name="Admin")
    client.force_login(user)
    install_defaults(at=AT, time_zone="Europe/Madrid")
    return user


@pytest.fixture
def rep() -> User:
    ceo = make_user(role=Role.EXECUTIVE, first_name="Cora", last_name="Chief")
    boss = make_user(role=Role.MANAGER, first_name="Bea", last_name="Boss", reports_to=ceo)
    return make_user(role=Role.SDR, first_name="Rita", last_name="Rep", reports_to=boss)


def arrival(rep: User | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "first_contact",
        "at": "2026-03-06T17:58",
        "owner": rep.pk if rep else "",
        **fields,
    }


def simulate(client: Client, **fields: Any):
    return client.get("/settings/policies/simulator/", fields).context


def test_friday_evening_in_madrid_in_words(client: Client, admin: User, rep: User):
    lines = simulate(client, **arrival(rep))["shown"].lines
    assert [(line.when, line.text) for line in lines] == [
        ("Friday, 6 March 2026, 17:58", "The lead arrives."),
        (
            "Friday, 6 March 2026, 18:00",
            "The clock stands still until Monday, 9 March 2026, 09:00: weekend.",
        ),
        ("Monday, 9 March 2026, 09:01", "Rita Rep (Rep): a reminder."),
        ("Monday, 9 March 2026, 09:03", "The window ends."),
        ("Monday, 9 March 2026, 09:03", "Rita Rep (Rep): a reminder."),
        ("Monday, 9 March 2026, 09:13", "Rita Rep (Rep), Bea Boss (Rep's boss): a reminder."),
        ("Monday, 9 March 2026, 09:18", "Cora Chief (CEO): a reminder."),
    ]


def test_a_holiday_is_named(client: Client, admin: User, rep: User):
    Holiday.objects.create(calendar=Calendar.objects.get(), day="2026-03-09", name="San Lunes")
    from sla.services.policies import renew_policies

    renew_policies()
    texts = [line.text for line in simulate(client, **arrival(rep))["shown"].lines]
    assert "The clock stands still until Tuesday, 10 March 2026, 09:00: weekend, San Lunes." in texts


def test_it_says_what_the_engine_does(client: Client, admin: User, rep: User):
    journey = make_journey(Stage.MQL)
    clock = start_clock(journey=journey, lead=journey.lead, kind=ClockKind.FIRST_CONTACT, owner=rep, at=AT)
    assert clock is not None
    lines = simulate(client, **arrival(rep))["shown"].lines
    at = {line.kind: line.at for line in reversed(lines)}
    assert at["due"] == clock.due_at
    assert at["step"] == Reminder.objects.get(clock=clock, step=0).due_at


def test_nothing_is_written(client: Client, admin: User, rep: User):
    simulate(client, **arrival(rep))
    assert (Clock.objects.count(), Reminder.objects.count(), ConfigChange.objects.count()) == (0, 0, 0)


def test_a_lead_that_no_policy_fits_is_told(client: Client, admin: User):
    Policy.objects.update(conditions=[{"field": "country", "operator": "eq", "value": "PT"}])
    from sla.services.policies import renew_policies

    renew_policies()
    found = simulate(client, **arrival(country="es"))
    assert (found["nothing"], found["shown"]) == (True, None)
    assert simulate(client, **arrival(country="pt"))["nothing"] is False


@pytest.mark.parametrize(
    ("now", "friday"), [(datetime(2026, 3, 5), 6), (datetime(2026, 3, 6), 13), (datetime(2026, 3, 7), 13)]
)
def test_the_example_is_the_next_friday(now: datetime, friday: int):
    assert example_moment(now) == datetime(2026, 3, friday, 17, 58)


def rows(prefix: str, filled: list[dict[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{n}-{key}": value for n, row in enumerate(filled) for key, value in row.items()}


def body(**fields: Any) -> dict[str, Any]:
    steps = fields.pop("steps", [{"amount": 0, "unit": 1, "side": 1, "recipients": ["rep"]}])
    conditions = fields.pop("conditions", [])
    return {
        "name": "Quick",
        "kind": "first_contact",
        "position": 0,
        "calendar": Calendar.objects.get().pk,
        "time_base": "working",
        "amount": 2,
        "unit": 60,
        "attempts": 5,
        "is_active": "on",
        **rows("steps", steps),
        **rows("conditions", conditions),
        **fields,
    }


def test_a_policy_is_made(client: Client, admin: User):
    conditions = [{"field": "company.employees", "operator": "gte", "value": "200"}]
    steps = [
        {"amount": 1, "unit": 60, "side": -1, "recipients": ["rep"]},
        {"amount": 10, "unit": 1, "side": 1, "recipients": ["rep", "boss"]},
    ]
    answer = client.post("/settings/policies/new/", body(steps=steps, conditions=conditions))
    assert answer.status_code == 302
    made = Policy.objects.get(name="Quick")
    assert (made.minutes, made.conditions) == (
        120,
        [{"field": "company.employees", "operator": "gte", "value": 200}],
    )
    assert list(made.steps.values_list("offset", "recipients")) == [(-60, ["rep"]), (10, ["rep", "boss"])]


def test_a_change_is_told_with_its_steps(client: Client, admin: User):
    found = Policy.objects.get(kind=ClockKind.FIRST_CONTACT)
    client.post(
        f"/settings/policies/{found.pk}/",
        body(
            name=found.name,
            amount=5,
            unit=1,
            steps=[{"amount": 0, "unit": 1, "side": 1, "recipients": ["ceo"]}],
        ),
    )
    change = ConfigChange.objects.get()
    assert (change.actor, change.origin, [entry["field"] for entry in change.changes]) == (
        admin,
        "browser",
        ["steps"],
    )
    assert change.changes[0]["after"] == [{"offset": 0, "recipients": ["ceo"]}]


def test_the_next_clock_starts_by_what_was_saved(client: Client, admin: User):
    found = Policy.objects.get(kind=ClockKind.FIRST_CONTACT)
    client.post(f"/settings/policies/{found.pk}/", body(name=found.name, amount=7, unit=1))
    journey = make_journey(Stage.MQL)
    clock = start_clock(journey=journey, lead=journey.lead, kind=ClockKind.FIRST_CONTACT, owner=None, at=AT)
    assert clock is not None
    assert clock.minutes == 7


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 0},
        {"unit": 1440},
        {"steps": []},
        {"steps": [{"amount": 5, "unit": 1, "side": -1, "recipients": ["rep"]}]},
        {"steps": [{"amount": 5, "unit": 1, "side": 1}]},
        {"steps": [{"amount": 1, "unit": 1440, "side": 1, "recipients": ["rep"]}]},
        {"steps": [{"amount": "", "unit": 1, "side": 1, "recipients": ["rep"]}]},
        {"conditions": [{"field": "company.employees", "operator": "gte", "value": "many"}]},
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, admin: User, fields: dict[str, Any]):
    assert client.post("/settings/policies/new/", body(**fields)).status_code == 422
    assert Policy.objects.filter(name="Quick").count() == 0


def test_trying_saves_nothing(client: Client, admin: User):
    answer = client.post("/settings/policies/new/", body(**{"try": "1"}))
    assert (answer.status_code, answer.context["shown"].window) == (200, "2 hours")
    assert (Policy.objects.filter(name="Quick").count(), ConfigChange.objects.count()) == (0, 0)


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_at_any_length(
    client: Client, admin: User, more: int, django_assert_num_queries
):
    calendar = Calendar.objects.get()
    Policy.objects.exclude(kind=ClockKind.FIRST_CONTACT).delete()
    for n in range(more):
        Policy.objects.create(name=f"P{n}", kind="decision", calendar=calendar, minutes=5)
    client.get("/settings/policies/")
    with django_assert_num_queries(5):  # session, person, agreement in force, policies, steps
        client.get("/settings/policies/")


def test_the_simulator_costs_what_it_costs(client: Client, admin: User, rep: User, django_assert_num_queries):
    client.get("/settings/policies/simulator/", arrival(rep))
    # session, person, owner chosen, token, calendar and its holidays, people, names, policy, owners
    with django_assert_num_queries(11):
        client.get("/settings/policies/simulator/", arrival(rep))


def test_an_example_is_shown_before_anybody_asks(client: Client, admin: User, rep: User):
    told = [line.text for line in simulate(client)["shown"].lines]
    assert told[0] == "The lead arrives."
    assert any("Rita Rep" in text for text in told)
    assert any("Cora Chief" in text for text in told)


def test_it_is_said_in_spanish(client: Client, admin: User, rep: User):
    client.cookies["django_language"] = "es"
    texts = [line.text for line in simulate(client, **arrival(rep))["shown"].lines]
    assert texts[1] == "El plazo se detiene hasta el lunes, 9 de marzo de 2026, 09:00: fin de semana."
    translation.deactivate()
    assert timezone.get_current_timezone_name() == "UTC"


READERS = [role for role in Role if role != Role.ADMIN]


@pytest.mark.parametrize("role", READERS)
def test_everybody_reads_what_was_promised_and_changes_nothing(
    client: Client, admin: User, role: Role
) -> None:
    policy = Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).earliest("pk")
    Policy.objects.filter(pk=policy.pk).update(
        attempts=7, conditions=[{"field": "country", "operator": "eq", "value": "ES"}]
    )
    client.force_login(make_user(role=role))
    page = client.get("/settings/policies/").content.decode()
    assert f'id="policy-{policy.pk}"' in page
    assert "7 attempts" in page and "ES" in page and "for every lead" in page
    assert "/settings/policies/new/" not in page and f"/settings/policies/{policy.pk}/" not in page
    assert client.get(f"/settings/policies/{policy.pk}/").status_code == 403


def test_administrators_still_have_the_way_to_change_them(client: Client, admin: User) -> None:
    page = client.get("/settings/policies/").content.decode()
    assert all(f"/settings/policies/{pk}/" in page for pk in Policy.objects.values_list("pk", flat=True))
    assert "/settings/policies/new/" in page and "as long as no agreement is in force" not in page


@pytest.mark.parametrize(("role", "trail"), [(Role.MANAGER, "/settings/"), (Role.SDR, "/definitions/")])
def test_the_way_back_is_one_that_is_open(client: Client, admin: User, role: Role, trail: str) -> None:
    client.force_login(make_user(role=role))
    crumbs = client.get("/settings/policies/").content.decode().split('class="crumbs"')[1]
    assert f'href="{trail}"' in crumbs.split("</nav>")[0]
    assert client.get(trail).status_code == 200


def test_the_agreement_in_force_is_named_as_where_they_come_from(client: Client, admin: User) -> None:
    assert "as long as no agreement" in _read(client, make_user(role=Role.MARKETER))
    now = timezone.now()
    agreement = signed(now, first_day=now.date(), last_day=now.date() + timedelta(days=90))
    page = _read(client, make_user(role=Role.MARKETER))
    assert f'href="/agreement/{agreement.pk}/"' in page and "Administrators set the rest." in page


def test_a_changed_policy_leads_from_the_definitions_to_what_holds_now(client: Client, admin: User) -> None:
    policy = Policy.objects.earliest("pk")
    with changing(policy, actor=admin, at=timezone.now()):
        policy.minutes += 1
        policy.save()
    client.force_login(make_user(role=Role.MANAGER))
    page = client.get("/definitions/", {"kind": "sla.policy"}).content.decode()
    assert f'href="/settings/policies/#policy-{policy.pk}"' in page


def _read(client: Client, reader: User) -> str:
    client.force_login(reader)
    return client.get("/settings/policies/").content.decode()
