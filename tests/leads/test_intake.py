"""What a submission becomes: stored first, then company, lead, activity and scores."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leads.enums import ActivityKind, SubmissionStatus
from leads.errors import InvalidValues, KeyReused, NotAllowed, StillRunning
from leads.models import Activity, Company, Form, Lead, Submission
from leads.rules import scoring as rules
from leads.services.inbox import Receipt
from leads.services.intake import (
    Visit,
    process_submission,
    receive,
    release_submission,
    retry_submissions,
)
from leads.signals import lead_scored
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_company, make_form, make_lead

pytestmark = pytest.mark.django_db

ANA = {"email": "Ana@Acme.example", "first_name": "Ana", "job_title": "CEO", "company": "Acme"}


def post(form: Form, posted: dict[str, Any] | None = None, *, at: Any = NOW, **visit: Any) -> Receipt:
    return receive(form=form, posted=(ANA if posted is None else posted).items(), visit=Visit(**visit), at=at)


def submission(receipt: Receipt) -> Submission:
    return Submission.objects.get(pk=receipt.submission_id)


@pytest.fixture
def broken_scoring(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Something above raises while a lead is scored, until the list is emptied."""
    faults: list[Exception] = [RuntimeError("the room above fell")]

    def receiver(**_: object) -> None:
        for fault in faults:
            raise fault

    lead_scored.connect(receiver)
    yield faults
    lead_scored.disconnect(receiver)


def test_a_new_address_becomes_a_lead():
    post(make_form())
    lead = Lead.objects.get()
    assert (lead.email, lead.email_key, lead.first_name) == ("Ana@acme.example", "ana@acme.example", "Ana")


def test_the_lead_is_as_old_as_its_submission():
    post(make_form())
    lead = Lead.objects.get()
    assert (lead.created_at, lead.engaged_at, lead.last_meaningful_at) == (NOW, NOW, NOW)


def test_the_company_is_found_by_domain():
    acme = make_company(domain="acme.example", name="ACME Inc.")
    post(make_form())
    assert (Lead.objects.get().company, Company.objects.get().name) == (acme, "ACME Inc.")


def test_an_unknown_domain_makes_a_company():
    post(make_form(), {**ANA, "employees": "200-500"})
    company = Company.objects.get()
    assert (company.domain, company.name, company.employees) == ("acme.example", "Acme", 200)


def test_blanks_of_a_known_company_are_filled_and_nothing_is_changed():
    make_company(domain="acme.example", name="ACME Inc.", employees=None, industry="steel")
    post(make_form(), {**ANA, "employees": 40, "industry": "paper"})
    company = Company.objects.get()
    assert (company.name, company.employees, company.industry) == ("ACME Inc.", 40, "steel")


def test_free_mail_makes_no_company():
    post(make_form(), {**ANA, "email": "ana@gmail.com"})
    assert (Company.objects.count(), Lead.objects.get().company_name) == (0, "Acme")


def test_facts_of_a_company_without_domain_are_kept_once():
    form = make_form()
    post(form, {"email": "ana@gmail.com", "employees": 250})
    post(form, {"email": "ana@gmail.com", "employees": 300, "industry": "steel"})
    company = Company.objects.get()
    assert (company.domain, company.employees, company.industry) == (None, 250, "steel")


def test_a_match_fills_blanks_and_never_overwrites():
    form = make_form()
    post(form)
    post(form, {"email": "ANA@acme.EXAMPLE", "first_name": "Hacker", "phone": "600 111 222"})
    lead = Lead.objects.get()
    assert (lead.first_name, lead.phone, lead.job_title) == ("Ana", "600 111 222", "CEO")


def test_custom_fields_are_filled_like_the_others():
    form = make_form(custom_fields=[{"name": "plan"}, {"name": "seats", "type": "number"}])
    post(form, {"email": "a@acme.example", "plan": "gold"})
    post(form, {"email": "a@acme.example", "plan": "tin", "seats": "12"})
    assert Lead.objects.get().custom == {"plan": "gold", "seats": 12}


def test_a_number_alone_makes_a_lead_and_finds_it_again():
    form = make_form()
    post(form, {"phone": "+34 600 111 222", "first_name": "Ana"})
    post(form, {"phone": "0034600111222", "last_name": "Pérez"})
    lead = Lead.objects.get()
    assert (lead.email, lead.first_name, lead.last_name) == ("", "Ana", "Pérez")


def test_a_merged_lead_leads_to_its_survivor():
    survivor = make_lead(email="ana@acme.example")
    middle = make_lead(email="ana@old.example", merged_into=survivor)
    make_lead(email="ana@older.example", merged_into=middle)
    post(make_form(), {"email": "ana@older.example", "first_name": "Ana"})
    survivor.refresh_from_db()
    assert (survivor.first_name, Activity.objects.get().lead, Lead.objects.count()) == ("Ana", survivor, 3)


def test_the_mapping_says_what_posted_names_mean():
    post(make_form(mapping={"correo": "email", "cargo": "job_title"}), {"correo": "a@b.com", "cargo": "CEO"})
    assert (Lead.objects.get().email, Lead.objects.get().job_title) == ("a@b.com", "CEO")


@pytest.mark.parametrize("name", ["fit", "intent", "owner", "owner_id", "stage", "grade", "merged_into"])
def test_what_is_ours_cannot_be_posted_nor_mapped(name: str):
    post(make_form(mapping={"x": name}), {**ANA, name: "99", "x": "99"})
    lead = Lead.objects.get()
    assert (lead.fit, lead.intent, lead.owner_id, lead.grade, lead.merged_into_id) == (0, 0, None, "", None)


def test_the_activity_is_that_of_the_form():
    form = make_form(activity_kind=ActivityKind.PRICE_SHEET, asset="prices-2026")
    receipt = post(form, {**ANA, "message": "Call me\r\nsoon"})
    activity = Activity.objects.get()
    assert (activity.kind, activity.asset, activity.note, activity.submission_id, activity.is_scored) == (
        "price_sheet",
        "prices-2026",
        "Call me\nsoon",
        receipt.submission_id,
        True,
    )


def test_a_known_bot_is_kept_but_not_scored():
    live_rule_set(groups=(points("interest", ActivityKind.FORM, 30),))
    post(make_form(), user_agent="Googlebot/2.1")
    lead = Lead.objects.get()
    assert (Activity.objects.get().is_scored, lead.interest, lead.engaged_at) == (False, 0, None)


def test_first_and_last_touch_are_kept_apart():
    form = make_form(campaign=make_campaign(source="fair"), landing_page="https://a.org/p")
    post(form, {**ANA, "utm_source": "ads", "landing_page": "https://a.org/q?x=1"})
    post(form, {**ANA, "utm_source": "mail"}, at=NOW + timedelta(days=1))
    lead = Lead.objects.get()
    touches = (lead.first_touch["utm_source"], lead.last_touch["utm_source"])
    assert (touches, lead.source, lead.landing_page) == (("ads", "mail"), "ads", "https://a.org/q")


def test_consent_is_stored_with_its_version():
    post(make_form(consent_version="v3", consent_required=True), {**ANA, "consent": "on"})
    assert (Lead.objects.get().consent_at, Lead.objects.get().consent_version) == (NOW, "v3")


def test_scores_come_in_the_same_call():
    live_rule_set(groups=(points("interest", ActivityKind.FORM, 30),))
    receipt = post(make_form())
    assert (Lead.objects.get().interest, submission(receipt).steps) == (
        30,
        ["stored", "company", "lead created", "activity form", "scored 0/30/0"],
    )


def points(dimension: str, kind: str, points: int) -> rules.Group:
    rule = rules.Rule(0, "counts", points, kind=kind, max_times=0)
    return rules.Group(0, "group", dimension, 100, 0, 30, (rule,))


def test_a_processed_submission_names_its_lead_and_is_not_due():
    found = submission(post(make_form()))
    assert (found.status, found.lead, found.next_attempt_at, found.error) == (
        SubmissionStatus.PROCESSED,
        Lead.objects.get(),
        None,
        "",
    )


def test_a_failure_keeps_the_submission_and_nothing_else(broken_scoring: list[Exception]):
    found = submission(post(make_form()))
    assert (found.status, found.error, found.attempts, found.next_attempt_at) == (
        SubmissionStatus.FAILED,
        "RuntimeError: the room above fell",
        1,
        NOW + timedelta(minutes=1),
    )
    assert (Lead.objects.count(), Company.objects.count(), Activity.objects.count()) == (0, 0, 0)


def test_a_failed_submission_is_retried_when_its_time_has_come(broken_scoring: list[Exception]):
    receipt = post(make_form())
    broken_scoring.clear()
    done = [retry_submissions(at=NOW + timedelta(seconds=s)) for s in (59, 60, 61)]
    assert (done, submission(receipt).status, Lead.objects.get().created_at) == ([0, 1, 0], "processed", NOW)


def test_each_failure_waits_twice_as_long_up_to_six_hours(broken_scoring: list[Exception]):
    receipt, at, waits = post(make_form()), NOW, []
    for _attempt in range(10):
        due = submission(receipt).next_attempt_at
        waits.append(int((due - at).total_seconds() / 60))
        at = due
        retry_submissions(at=at)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]


def test_one_that_fails_does_not_stop_the_others(broken_scoring: list[Exception]):
    form = make_form()
    receipts = [post(form, {"email": f"a{n}@acme.example"}) for n in range(3)]
    Submission.objects.filter(pk=receipts[1].submission_id).update(payload={"email": "broken"})
    broken_scoring.clear()
    assert retry_submissions(at=NOW + timedelta(minutes=1)) == 2


def test_a_submission_whose_process_died_is_taken_over_after_a_minute():
    receipt = post(make_form())
    Submission.objects.update(
        status="received", processed_at=None, next_attempt_at=NOW + timedelta(minutes=1)
    )
    done = [retry_submissions(at=NOW + timedelta(seconds=s)) for s in (59, 60)]
    assert (done, submission(receipt).attempts) == ([0, 1], 2)


def test_processing_again_changes_nothing():
    receipt = post(make_form())
    again = process_submission(submission_id=receipt.submission_id, at=NOW)
    assert (again, Activity.objects.count()) == (False, 1)


@pytest.mark.parametrize("seconds", [0, 299])
def test_the_same_values_within_five_minutes_are_the_same_submission(seconds: int):
    form = make_form()
    first, second = post(form), post(form, at=NOW + timedelta(seconds=seconds))
    assert (second, Submission.objects.count()) == (Receipt(first.submission_id, replayed=True), 1)


def test_the_same_values_after_five_minutes_are_another_submission():
    form = make_form()
    first, second = post(form), post(form, at=NOW + timedelta(seconds=300))
    assert (second.replayed, first.submission_id != second.submission_id, Activity.objects.count()) == (
        False,
        True,
        2,
    )


def test_the_same_key_and_values_get_the_same_answer():
    form = make_form()
    first = post(form, idempotency_key="k1")
    second = post(form, at=NOW + timedelta(days=9), idempotency_key="k1")
    assert second == Receipt(first.submission_id, replayed=True)


def test_another_key_makes_another_submission():
    form = make_form()
    post(form, idempotency_key="k1")
    assert post(form, idempotency_key="k2").replayed is False


def test_the_same_key_with_other_values_is_refused():
    form = make_form()
    post(form, idempotency_key="k1")
    with pytest.raises(KeyReused):
        post(form, {**ANA, "first_name": "Eve"}, idempotency_key="k1")


def test_a_key_belongs_to_its_form():
    post(make_form(), idempotency_key="k1")
    assert post(make_form(), idempotency_key="k1").replayed is False


@pytest.mark.parametrize(("seconds", "running"), [(0, True), (9, True), (10, False)])
def test_a_key_at_work_is_said_to_be_running_for_ten_seconds(seconds: int, running: bool):
    form = make_form()
    post(form, idempotency_key="k1")
    Submission.objects.update(status=SubmissionStatus.RECEIVED)
    at = NOW + timedelta(seconds=seconds)
    if running:
        with pytest.raises(StillRunning):
            post(form, at=at, idempotency_key="k1")
    else:
        assert post(form, at=at, idempotency_key="k1").replayed is True


def test_the_honeypot_gets_the_normal_receipt_and_no_lead():
    receipt = post(make_form(), {**ANA, "website_url": "https://spam.example"})
    assert (receipt.replayed, submission(receipt).status, Lead.objects.count()) == (False, "quarantined", 0)


def test_a_quarantined_submission_is_not_retried():
    post(make_form(), {**ANA, "website_url": "x"})
    assert retry_submissions(at=NOW + timedelta(days=1)) == 0


def test_marketing_releases_a_quarantined_submission():
    receipt = post(make_form(), {**ANA, "website_url": "x"})
    done = release_submission(submission_id=receipt.submission_id, actor=make_user(), at=NOW)
    assert (done, Lead.objects.get().email_key) == (True, "ana@acme.example")


@pytest.mark.parametrize("role", [Role.SDR, Role.AE, Role.EXECUTIVE])
def test_others_do_not_release(role: str):
    receipt = post(make_form(), {**ANA, "website_url": "x"})
    with pytest.raises(NotAllowed):
        release_submission(submission_id=receipt.submission_id, actor=make_user(role=role), at=NOW)


def test_a_processed_submission_is_not_released_again():
    receipt = post(make_form())
    assert release_submission(submission_id=receipt.submission_id, actor=make_user(), at=NOW) is False


@pytest.mark.parametrize(
    ("posted", "fields"),
    [
        ({}, {"email"}),
        ({"email": ""}, {"email"}),
        ({"email": None}, {"email"}),
        ({"email": "ana"}, {"email"}),
        ({"phone": "call me"}, {"phone"}),
        ({"email": ["a@b.com"]}, {"email"}),
        ({**ANA, "first_name": "x" * 121}, {"first_name"}),
        ({**ANA, "employees": "9" * 4000}, {"employees"}),
        ({**ANA, "employees": "many"}, {"employees"}),
        ({**ANA, "annual_revenue": "NaN"}, {"annual_revenue"}),
        ({**ANA, "born": "2026-02-30"}, {"born"}),
        ({**ANA, "note": "a\x00b"}, {"note"}),
        ({**ANA, "note": "\ud800"}, {"note"}),
        ({**ANA, "a\x00b": "1"}, {"a\\x00b"}),
        ({**ANA, "x" * 65: "1"}, {"x" * 64}),
        ({"email": "x", "first_name": "y" * 200, "born": "never"}, {"email", "first_name", "born"}),
        ({**ANA, **{f"f{n}": "1" for n in range(300)}}, {""}),
    ],
)
def test_what_cannot_be_accepted_is_named_and_nothing_is_stored(posted: dict[str, Any], fields: set[str]):
    form = make_form(custom_fields=[{"name": "born", "type": "date"}])
    with pytest.raises(InvalidValues) as caught:
        post(form, posted)
    assert (set(caught.value.errors), Submission.objects.count()) == (fields, 0)


@pytest.mark.parametrize("blank", ["", "  ", "\u200b\u200d\ufeff"])
def test_a_needed_field_must_say_something(blank: str):
    with pytest.raises(InvalidValues) as caught:
        post(make_form(required_fields=["first_name"]), {"email": "a@b.com", "first_name": blank})
    assert set(caught.value.errors) == {"first_name"}


def test_consent_can_be_needed():
    with pytest.raises(InvalidValues) as caught:
        post(make_form(consent_required=True), {**ANA, "consent": "no"})
    assert set(caught.value.errors) == {"consent"}


def test_names_are_cleaned_of_line_breaks_and_direction_marks():
    post(make_form(), {**ANA, "first_name": "Ana\r\nBcc: x@y.z", "last_name": "\u202eP\u200bérez"})
    assert (Lead.objects.get().first_name, Lead.objects.get().last_name) == ("Ana Bcc: x@y.z", "Pérez")


def test_markup_stays_text():
    markup = "<script>alert(1)</script>{{ 7*7 }}{% now %}"
    post(make_form(), {**ANA, "last_name": markup, "utm_source": markup})
    assert (Lead.objects.get().last_name, Lead.objects.get().first_touch["utm_source"]) == (markup, markup)


def test_an_unknown_submission_is_an_error():
    with pytest.raises(Submission.DoesNotExist):
        process_submission(submission_id=UUID(int=1), at=NOW)
