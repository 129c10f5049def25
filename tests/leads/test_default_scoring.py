"""The default agreement says about typical leads what the domain says about them."""

from datetime import UTC, datetime, timedelta

import pytest

from leads.models import Company, Lead, Persona, RuleSet
from leads.rules import scoring as rules
from leads.selectors.rule_sets import live, live_rule_set
from leads.selectors.scores import facts_of
from leads.services.defaults import install_defaults

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _defaults(db):
    install_defaults(at=NOW)


def scored(*kinds, employees=None, country="", at=NOW, asset="", **fields):
    company = Company(pk=1, employees=employees) if employees else None
    lead = Lead(company=company, country=country, **fields)
    happened = [rules.Event(kind, asset, NOW) for kind in kinds]
    return rules.score(live_rule_set(), facts_of(lead), happened, at)


def reached(*kinds, **known):
    return rules.qualifies(live_rule_set().thresholds, scored(*kinds, **known).values)


def test_a_white_paper_alone_makes_no_mql_of_the_best_fitting_lead():
    best = {"employees": 5000, "country": "ES", "job_title": "CEO", "budget": "1M"}
    assert reached("download", asset="White paper", **best) == "target"


def test_a_white_paper_alone_leaves_a_stranger_where_they_are():
    assert reached("download", asset="White paper") == "none"


@pytest.mark.parametrize("request_kind", ["demo_request", "contact_request"])
def test_a_request_from_a_well_fitting_company_makes_an_mql(request_kind):
    assert reached(request_kind, employees=200, country="ES") == "mql"


def test_a_price_sheet_for_the_ceo_of_a_large_company_makes_an_mql():
    assert reached("price_sheet", employees=200, job_title="CEO") == "mql"


def test_a_price_sheet_for_the_ceo_of_a_small_company_does_not():
    assert reached("price_sheet", employees=199, job_title="CEO") == "target"


def test_a_stranger_who_asks_for_contact_is_no_mql():
    assert reached("contact_request") == "none"


@pytest.mark.parametrize(
    "known",
    [
        {"email": "spy@competitor.example"},
        {"job_title": "Student"},
    ],
)
def test_competitors_and_students_never_qualify(known):
    known = {"employees": 500, "country": "ES", **known}
    assert reached("contact_request", "price_sheet", **known) == "none"


def test_a_bounced_mail_costs_fit():
    good = {"employees": 200, "country": "ES"}
    assert [scored(**good).fit, scored("email_bounce", **good).fit] == [50, 10]


def test_signs_of_purchase_weigh_as_agreed():
    kinds = ("contact_request", "demo_request", "price_sheet", "download")
    assert [scored(kind).intent for kind in kinds] == [70, 60, 40, 0]


def test_intent_halves_after_a_month():
    assert scored("contact_request", at=NOW + timedelta(days=30)).intent == 35


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"employees": 300, "job_title": "CEO"}, "Decision-maker in a large company"),
        ({"employees": 30, "job_title": "Marketing manager"}, "Manager in a growing company"),
        ({"job_title": "CEO"}, None),
    ],
)
def test_persona(known, name):
    employees = known.pop("employees", None)
    company = Company(pk=1, employees=employees) if employees else None
    found = live(personas=True).persona_id(facts_of(Lead(company=company, **known)))
    assert Persona.objects.filter(pk=found).values_list("name", flat=True).first() == name


def test_installing_again_changes_nothing():
    install_defaults(at=NOW + timedelta(days=1))
    assert (RuleSet.objects.count(), Persona.objects.count()) == (1, 2)


def test_installing_again_keeps_personas_people_removed():
    Persona.objects.filter(position=2).delete()
    install_defaults(at=NOW + timedelta(days=1))
    assert Persona.objects.count() == 1
