"""What the intake keeps in mind of forms, rules and personas is never used after it changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import Campaign, Form, IntakeRevision, Lead, Persona, Submission
from leads.selectors.forms import current_setup, is_in_force, setup_in_hand
from leads.services.inbox import SetupChanged
from leads.services.intake import Visit, receive
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_form
from tests.leads.test_intake import ANA, points

pytestmark = pytest.mark.django_db


def post(client: Client, form: Form, **values: str) -> HttpResponse:
    path = f"/api/v1/forms/{form.pk}/submissions"
    return client.post(path, {**ANA, **values}, content_type="application/json")


def token() -> Any:
    return IntakeRevision.objects.get().token


def changes() -> dict[str, Callable[[], object]]:
    return {
        "form": lambda: Form.objects.update(asset="x"),
        "new form": lambda: make_form(),
        "form gone": lambda: Form.objects.all().delete(),
        "campaign": lambda: Campaign.objects.update(source="fair"),
        "persona": lambda: Persona.objects.create(name="Buyer"),
        "rules": lambda: live_rule_set(),
    }


@pytest.mark.parametrize("what", changes())
def test_every_change_renews_the_token(what: str) -> None:
    make_form(campaign=make_campaign())
    before = current_setup()
    changes()[what]()
    assert not is_in_force(before)


def test_what_has_not_changed_is_not_read_again(django_assert_num_queries: Any) -> None:
    form = make_form()
    current_setup().form(form.pk)
    with django_assert_num_queries(1):
        assert current_setup().form(form.pk) == form


def test_what_was_read_before_a_rollback_does_not_come_back() -> None:
    form, before = make_form(), token()
    with transaction.atomic():
        Form.objects.update(is_active=False)
        assert not current_setup().form(form.pk).is_active
        transaction.set_rollback(True)
    assert (token(), current_setup().form(form.pk).is_active) == (before, True)


def test_a_form_that_asks_for_more_than_it_did(client: Client) -> None:
    form = make_form()
    post(client, form, email="warm@up.example")
    Form.objects.update(required_fields=["phone"])
    assert (post(client, form).status_code, Lead.objects.count()) == (400, 1)


def test_a_form_that_asks_for_less_than_it_did(client: Client) -> None:
    form = make_form(required_fields=["phone"])
    assert post(client, form).status_code == 400
    Form.objects.update(required_fields=[])
    assert post(client, form).status_code == 201


def test_an_origin_that_is_no_longer_listed_gets_no_cors_headers(client: Client) -> None:
    form = make_form(origins=["https://shop.example"])
    path = f"/api/v1/forms/{form.pk}/submissions"
    origin = {"Origin": "https://shop.example"}
    before = client.post(path, ANA, content_type="application/json", headers=origin)
    Form.objects.update(origins=[])
    after = client.post(
        path, {**ANA, "email": "b@b.example"}, content_type="application/json", headers=origin
    )
    assert [(a.status_code, a.get("Access-Control-Allow-Origin")) for a in (before, after)] == [
        (201, "https://shop.example"),
        (403, None),
    ]


def test_a_form_that_was_revoked_and_opened_again(client: Client) -> None:
    form = make_form()
    post(client, form, email="warm@up.example")
    Form.objects.update(is_active=False)
    refused = post(client, form)
    Form.objects.update(is_active=True)
    assert (refused.status_code, post(client, form).status_code) == (410, 201)


def test_a_form_that_is_gone(client: Client) -> None:
    form = make_form()
    setup = current_setup()
    setup.form(form.pk)
    Form.objects.all().delete()
    assert (post(client, form).status_code, setup_in_hand() is setup) == (404, False)


def test_the_next_lead_has_the_persona_the_source_and_the_scores_of_now(client: Client) -> None:
    live_rule_set()
    form = make_form(campaign=make_campaign(source="old"))
    post(client, form, email="warm@up.example")
    persona = Persona.objects.create(
        name="Chief", criteria=[{"field": "job_title", "operator": "eq", "value": "CEO"}]
    )
    Campaign.objects.update(source="new")
    rules = live_rule_set(groups=(points("interest", form.activity_kind, 33),))
    post(client, form)
    lead = Lead.objects.get(email_key="ana@acme.example")
    assert (lead.persona, lead.source, lead.rule_set, lead.interest) == (persona, "new", rules, 33)


def test_nothing_is_stored_by_what_is_no_longer_in_force() -> None:
    form = make_form()
    before = current_setup()
    Form.objects.update(asset="x")
    with pytest.raises(SetupChanged):
        receive(form=form, posted=ANA.items(), visit=Visit(), at=NOW, setup=before)
    assert not Submission.objects.exists()


def test_without_a_token_nothing_is_kept(client: Client) -> None:
    form = make_form()
    IntakeRevision.objects.all().delete()
    assert (post(client, form).status_code, current_setup() is current_setup()) == (201, False)


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_stays_a_lead_takes_two_messages(client: Client) -> None:
    live_rule_set()
    form = make_form()
    post(client, form, email="warm@up.example")
    with CaptureQueriesContext(connection) as queries:
        assert post(client, form).status_code == 201
    assert [query["sql"].count("EXECUTE") for query in queries] == [2, 2, 0]  # the last is Django's own
