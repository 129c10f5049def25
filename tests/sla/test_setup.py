"""`manage.py setup` and the default agreement of this room."""

import pytest
from django.core.management import call_command

from funnel.models import RoutingRule
from leads.models import Persona, Rule, RuleGroup, RuleSet
from sla.models import Calendar, Policy, PolicyStep
from sla.selectors.setup import has_own_calendar
from sla.services.defaults import install_defaults
from smarketing.accounts.services.setup import found_company
from tests.sla.factories import MONDAY

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models = (RuleSet, RoutingRule, Calendar, Policy, PolicyStep)
    return {model.__name__: model.objects.count() for model in models}


def test_setup_installs_every_room():
    call_command("setup")
    assert counts() == {"RuleSet": 1, "RoutingRule": 2, "Calendar": 1, "Policy": 3, "PolicyStep": 8}


def test_setup_twice_adds_nothing():
    call_command("setup")
    before = counts()
    call_command("setup")
    assert counts() == before


def test_the_calendar_is_in_the_installations_time_zone(settings):
    settings.TIME_ZONE = "America/Bogota"
    call_command("setup")
    assert Calendar.objects.get().time_zone == "America/Bogota"


def founded() -> None:
    values = {"email": "a@example.com", "first_name": "A", "time_zone": "Europe/Madrid"}
    found_company(company="Acme", password="x", values=values, at=MONDAY)


def test_the_calendar_moves_to_where_the_company_is_founded():
    call_command("setup")
    founded()
    assert (Calendar.objects.get().time_zone, has_own_calendar()) == ("Europe/Madrid", False)


def test_a_calendar_of_ones_own_stays_where_it_is():
    mine = [Calendar.objects.create(name=name) for name in ("Ours", "Theirs")]
    founded()
    assert {one.time_zone for one in Calendar.objects.filter(pk__in=[one.pk for one in mine])} == {"UTC"}


def test_a_calendar_that_exists_is_used():
    mine = Calendar.objects.create(name="Ours")
    install_defaults(at=MONDAY)
    assert set(Policy.objects.values_list("calendar", flat=True)) == {mine.pk}


def test_a_policy_that_was_renamed_or_switched_off_does_not_come_back():
    install_defaults(at=MONDAY)
    Policy.objects.filter(kind="decision").update(name="Ten days", is_active=False)
    install_defaults(at=MONDAY)
    assert Policy.objects.count() == 3


def test_the_ladder_of_first_contact_is_the_agreed_one():
    install_defaults(at=MONDAY)
    steps = PolicyStep.objects.filter(policy__kind="first_contact").values_list("offset", "recipients")
    assert list(steps) == [(-2, ["rep"]), (0, ["rep"]), (10, ["rep", "boss"]), (15, ["ceo"])]


def names() -> set[str]:
    rows = [
        *Policy.objects.all(),
        *RoutingRule.objects.all(),
        *Calendar.objects.all(),
        *Persona.objects.all(),
    ]
    groups = RuleGroup.objects.values_list("name", flat=True)
    return {*groups, *Rule.objects.values_list("name", flat=True), *(row.name for row in rows)}


def test_setup_names_what_it_installs_in_the_language_that_is_asked_for():
    call_command("setup", language="es")
    spanish = names()
    assert spanish >= {"Horario de oficina", "Todos (SDR)", "Señales de compra"}
    assert {"Office hours", "Everyone (SDR)", "Signs of purchase"} & spanish == set()


def test_another_language_later_renames_nothing():
    call_command("setup", language="es")
    before = (counts(), names())
    call_command("setup", language="en")
    assert (counts(), names()) == before
