"""What a new lead costs, and what is on disk when the visitor gets the receipt."""

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.enums import ActivityKind
from leads.models import Activity, Company, Lead, ScoreChange, Submission
from leads.rules.posted import read_draft
from leads.selectors.arrivals import arrival
from leads.services.inbox import REACH_DISK, Receipt
from leads.services.intake import AlreadyProcessed, process_received, spec_of
from tests.leads.factories import live_rule_set, make_campaign, make_form
from tests.leads.test_intake import ANA, broken_scoring, points, post, submission

__all__ = ["broken_scoring"]

pytestmark = pytest.mark.django_db


def test_a_plain_new_lead_costs_few_statements(django_assert_num_queries: Any):
    live_rule_set()
    form = make_form()
    post(form, {"email": "warm@up.example"})
    # Store, and what is known; company, lead, activity, ledger and the submission's end, and the
    # journey with its changes. The other two open and close the transaction (savepoints, in a test).
    with django_assert_num_queries(4):
        post(form, ANA)


def test_a_known_lead_costs_a_few_more(django_assert_num_queries: Any):
    live_rule_set()
    form = make_form()
    post(form, ANA)
    # Store, and what is known; company, lead, activity; live rules, events, lead; journey; the end.
    with django_assert_num_queries(11):
        post(form, {**ANA, "last_name": "Pérez"})


def test_who_came_a_moment_before_is_met_all_the_same():
    form = make_form()
    nobody = arrival(email_key="ana@acme.example", domain="acme.example")
    post(form, {**ANA, "email": "ana@acme.example"})
    with mock.patch("leads.services.intake.arrival_of", return_value=nobody):
        found = submission(post(form, {**ANA, "phone": "600 111 222"}))
    assert (Lead.objects.get().phone, Company.objects.count(), found.steps[2]) == (
        "600 111 222",
        1,
        "lead matched",
    )


def test_a_company_that_came_a_moment_before_is_joined():
    form = make_form()
    nobody = arrival(email_key="eva@acme.example", domain="acme.example")
    post(form)
    with mock.patch("leads.services.intake.arrival_of", return_value=nobody):
        found = submission(post(form, {**ANA, "email": "eva@acme.example"}))
    assert (found.lead.company, found.steps[2]) == (Company.objects.get(), "lead created")


def test_a_submission_that_somebody_else_ended_makes_nothing_more():
    form = make_form()
    found = submission(post(form))
    before = Lead.objects.count(), Company.objects.count(), Activity.objects.count()
    draft, _faults = read_draft({"email": "eva@else.example"}, spec_of(form))
    with pytest.raises(AlreadyProcessed), transaction.atomic():
        process_received(found, draft, found.received_at)
    assert (Lead.objects.count(), Company.objects.count(), Activity.objects.count()) == before


@pytest.mark.parametrize("email", ["a@acme.example", "a@gmail.com"])
@pytest.mark.parametrize("company", [{}, {"employees": "250", "industry": "steel"}])
def test_both_ways_of_making_a_lead_write_the_same(email: str, company: dict[str, str]):
    """The one statement for newcomers, and the several that can also meet somebody."""
    live_rule_set(groups=(points("interest", ActivityKind.FORM, 30),))
    form = make_form(campaign=make_campaign(source="fair"), consent_version="v2")
    posted = {**ANA, **company, "email": email, "consent": "on", "message": "Hello", "utm_term": "crm"}
    first = _rows(post(form, posted))
    Lead.objects.all().delete()
    Submission.objects.all().delete()
    Company.objects.all().delete()
    somebody = arrival(email_key=None, domain="")
    with mock.patch("leads.services.intake.arrival_of", return_value=replace(somebody, is_known=True)):
        assert _rows(post(form, posted)) == first


def _rows(receipt: Receipt) -> list[dict[str, Any]]:
    """Everything that was written, but for the ids, which count on."""
    found = submission(receipt)
    lead = found.lead
    written = [lead, lead.company, lead.activities.get(), ScoreChange.objects.get(), found]
    ids = {"id", "lead_id", "company_id", "submission_id"}
    return [
        {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in ids}
        for row in written
        if row is not None
    ]


def _statements(call: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"] for query in queries]


def test_a_failed_one_is_on_disk_before_the_receipt(broken_scoring: list[Exception]):
    form = make_form()
    assert _statements(lambda: post(form))[-1] == REACH_DISK


def test_a_repeat_waits_for_the_disk_of_the_first():
    form = make_form()
    post(form)
    assert _statements(lambda: post(form))[-1] == REACH_DISK


def test_quarantine_is_on_disk_before_the_receipt():
    form = make_form()
    assert _statements(lambda: post(form, {**ANA, "website_url": "x"}))[-1] == REACH_DISK


def test_without_the_disk_there_is_no_receipt(broken_scoring: list[Exception]):
    gone = mock.patch("leads.services.intake.reach_disk", side_effect=OperationalError("gone"))
    with gone, pytest.raises(OperationalError):
        post(make_form())


@pytest.mark.django_db(transaction=True)
def test_nothing_is_stored_inside_a_transaction():
    form = make_form()
    with pytest.raises(RuntimeError), transaction.atomic():
        post(form)


@pytest.mark.django_db(transaction=True)
def test_only_storing_does_not_wait_for_the_disk():
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        post(make_form())
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("RESET synchronous_commit")
