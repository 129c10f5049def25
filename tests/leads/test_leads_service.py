"""Leads made and changed by hand or by another system."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from leads.errors import InvalidValues, LeadExists, StaleLead
from leads.models import Activity, Company, Lead
from leads.services.leads import create_lead, update_lead
from leads.services.rescoring import rescore_due
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, live_rule_set, make_company, make_lead

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def create(**values: Any) -> Lead:
    return create_lead(values={"email": "Ana@Acme.example", **values}, actor=None, at=NOW)


def update(lead: Lead, **changes: Any) -> Lead:
    update_lead(lead_id=lead.pk, changes=changes, actor=None, at=LATER)
    return Lead.objects.get(pk=lead.pk)


def test_a_lead_is_made_with_its_company_and_level():
    create(job_title="CEO", employees=300)
    lead = Lead.objects.get()
    assert (lead.email_key, lead.seniority, lead.company.domain, lead.company.employees) == (
        "ana@acme.example",
        "chief",
        "acme.example",
        300,
    )


def test_a_made_lead_is_scored():
    live_rule_set()
    assert create(job_title="CEO", employees=300).fit > 0


def test_a_number_or_an_external_id_is_enough():
    create_lead(values={"phone": "600 111 222"}, actor=None, at=NOW)
    create_lead(values={"external_id": "x-1"}, actor=None, at=NOW)
    assert sorted(str(key) for key in Lead.objects.values_list("email_key", flat=True)) == [
        "None",
        "tel:600111222",
    ]


@pytest.mark.parametrize("values", [{}, {"first_name": "Ana"}, {"email": "", "phone": ""}])
def test_somebody_unreachable_is_no_lead(values: dict[str, str]):
    with pytest.raises(InvalidValues):
        create_lead(values=values, actor=None, at=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "ANA@acme.example"}, "email"),
        ({"email": "", "phone": "+34600111222"}, "phone"),
        ({"email": "b@acme.example", "external_id": "x-1"}, "external_id"),
    ],
)
def test_one_person_is_one_lead(values: dict[str, str], field: str):
    create(external_id="x-1")
    create_lead(values={"phone": "0034 600 111 222"}, actor=None, at=NOW)
    with pytest.raises(LeadExists) as caught:
        create(**values)
    assert (caught.value.field, Lead.objects.count()) == (field, 2)


@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
def test_a_reps_find_is_theirs(role: str):
    rep = make_user(role=role)
    assert create_lead(values={"email": "a@b.com"}, actor=rep, at=NOW).owner == rep


def test_others_leave_the_owner_to_routing():
    assert create_lead(values={"email": "a@b.com"}, actor=make_user(), at=NOW).owner is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fit", 99),
        ("owner", 1),
        ("owner_id", 1),
        ("merged_into", 1),
        ("email", "ana"),
        ("country", "Spain"),
        ("language", "klingon-speech"),
        ("seniority", "king"),
        ("employees", -1),
        ("employees", "many"),
        ("employees", True),
        ("annual_revenue", "NaN"),
        ("first_name", "x" * 121),
        ("first_name", 5),
        ("first_name", "a\x00b"),
        ("custom", {"a": [1]}),
        ("custom", []),
    ],
)
def test_what_cannot_be_written_is_named(name: str, value: Any):
    lead = create()
    with pytest.raises(InvalidValues) as caught:
        update(lead, **{name: value})
    assert set(caught.value.errors) == {name}


def test_a_change_keeps_what_was():
    actor = make_user()
    lead = create(first_name="Ana", custom={"plan": "tin"})
    changes = {"first_name": "Anna", "last_name": "", "custom": {"plan": "gold", "seats": 2}}
    update_lead(lead_id=lead.pk, changes=changes, actor=actor, at=LATER)
    note = Activity.objects.first()
    assert (note.kind, note.actor, note.is_scored, note.data) == (
        "note",
        actor,
        False,
        {
            "changed": {
                "first_name": ["Ana", "Anna"],
                "custom.plan": ["tin", "gold"],
                "custom.seats": [None, 2],
            }
        },
    )


def test_a_custom_field_goes_away():
    lead = create(custom={"plan": "tin", "seats": 2})
    assert update(lead, custom={"plan": None}).custom == {"seats": 2}


def test_a_changed_title_changes_the_level_unless_a_person_set_it():
    derived, chosen = create(job_title="CEO"), create(email="b@acme.example", seniority="manager")
    levels = [update(lead, job_title="Head of Sales").seniority for lead in (derived, chosen)]
    assert levels == ["director", "manager"]


def test_a_change_scores_again():
    live_rule_set()
    lead = create(job_title="Head of IT", employees=5)
    assert update(lead, job_title="CEO", employees=500).fit > lead.fit


def test_a_fact_of_the_company_scores_its_other_leads_within_a_minute():
    live_rule_set()
    lead, colleague = create(), create(email="b@acme.example")
    update(lead, employees=500)
    before = Lead.objects.get(pk=colleague.pk)
    rescore_due(at=LATER)
    after = Lead.objects.get(pk=colleague.pk)
    assert (after.fit > before.fit, after.fit) == (True, Lead.objects.get(pk=lead.pk).fit)


def test_a_changed_address_is_the_new_identity():
    assert update(create(), email="ANA@new.example").email_key == "ana@new.example"


def test_without_an_address_the_number_is_the_identity():
    assert update(create(phone="600 111 222"), email="").email_key == "tel:600111222"


def test_an_address_of_another_lead_is_refused():
    lead, _other = create(), create(email="b@acme.example")
    with pytest.raises(LeadExists):
        update(lead, email="B@acme.example")


def test_a_new_address_finds_its_company():
    acme = make_company(domain="acme.example")
    lead = create_lead(values={"phone": "600111222"}, actor=None, at=NOW)
    assert update(lead, email="ana@acme.example").company == acme


def test_a_number_with_cents_is_kept():
    lead = update(create(employees=5), annual_revenue="1234567.5")
    assert lead.company.annual_revenue == Decimal("1234567.50")


def test_no_change_leaves_no_trace():
    lead = create(first_name="Ana")
    again = update(lead, first_name="Ana")
    assert (again.updated_at, Activity.objects.count()) == (NOW, 1)


def test_a_stale_tab_changes_nothing():
    lead = create()
    update(lead, first_name="Ana")
    with pytest.raises(StaleLead):
        update_lead(lead_id=lead.pk, changes={"first_name": "Eve"}, actor=None, at=LATER, expected=NOW)


def test_what_was_read_last_may_be_changed():
    lead = create()
    update_lead(lead_id=lead.pk, changes={"first_name": "Eve"}, actor=None, at=LATER, expected=NOW)
    assert Lead.objects.get().first_name == "Eve"


def test_a_merged_lead_is_not_changed():
    with pytest.raises(StaleLead):
        update(make_lead(merged_into=make_lead()), first_name="Ana")


def test_owner_may_change_a_lead_and_another_rep_does_not_see_it():
    owner, other = make_user(role=Role.SDR), make_user(role=Role.SDR)
    lead = create_lead(values={"email": "a@b.com"}, actor=owner, at=NOW)
    update_lead(lead_id=lead.pk, changes={"first_name": "Ana"}, actor=owner, at=LATER)
    with pytest.raises(Lead.DoesNotExist):
        update_lead(lead_id=lead.pk, changes={"first_name": "Eve"}, actor=other, at=LATER)


def test_the_boss_of_the_owner_may_change_it():
    boss = make_user(role=Role.MANAGER)
    owner = make_user(role=Role.SDR, reports_to=boss)
    lead = create_lead(values={"email": "a@b.com"}, actor=owner, at=NOW)
    update_lead(lead_id=lead.pk, changes={"first_name": "Ana"}, actor=boss, at=LATER)
    assert (Lead.objects.get().first_name, Company.objects.count()) == ("Ana", 1)
