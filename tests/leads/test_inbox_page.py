"""Quarantined and failed submissions, and the ways out."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from leads.enums import SubmissionStatus
from leads.models import Lead, Submission
from leads.services.intake import claim_due
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def waiting(status: str = SubmissionStatus.QUARANTINED, **fields: Any) -> Submission:
    fields.setdefault("form", make_form())
    fields.setdefault("payload", {"email": "ana@acme.example"})
    return Submission.objects.create(received_at=NOW, fingerprint="x", status=status, **fields)


def listed(client: Client, **params: str) -> list[Submission]:
    return list(client.get("/inbox/", params).context["page"])


def test_it_shows_what_waits_and_nothing_else(marketer: Client) -> None:
    spam, failed = waiting(), waiting(SubmissionStatus.FAILED, error="ValueError: no")
    waiting(SubmissionStatus.PROCESSED)
    assert set(listed(marketer)) == {spam, failed}


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "“ana@” is not an e-mail address"), ("es", "«ana@» no es una dirección de correo")],
)
def test_what_was_wrong_is_said_in_the_readers_language(marketer: Client, language: str, text: str) -> None:
    failed = waiting(payload={"email": "ana@"})
    marketer.post("/inbox/", {"submission": str(failed.pk)})
    failed.refresh_from_db()
    assert failed.error.startswith("email: ")
    marketer.cookies["django_language"] = language
    assert f"email: {text}" in marketer.get("/inbox/").content.decode()
    translation.activate("en")


def test_what_went_wrong_with_us_is_said_as_it_was_noted(marketer: Client) -> None:
    waiting(SubmissionStatus.FAILED, error="ValueError: no")
    assert "ValueError: no" in marketer.get("/inbox/").content.decode()


def test_it_is_narrowed_by_status_and_form(marketer: Client) -> None:
    spam, failed = waiting(), waiting(SubmissionStatus.FAILED)
    found = (listed(marketer, status="failed"), listed(marketer, form=str(spam.form_id)))
    assert found == ([failed], [spam])


@pytest.mark.parametrize("params", [{"status": "x"}, {"form": "x"}, {"page": "x"}])
def test_nonsense_in_the_address_is_ignored(marketer: Client, params: dict[str, str]) -> None:
    spam = waiting()
    assert listed(marketer, **params) == [spam]


def test_one_is_let_in(marketer: Client) -> None:
    spam, other = waiting(), waiting(payload={"email": "bo@acme.example"})
    marketer.post("/inbox/", {"only": str(spam.pk), "submission": str(other.pk)})
    found = set(Submission.objects.values_list("pk", "status"))
    assert found == {(spam.pk, "processed"), (other.pk, "quarantined")}


def test_many_are_let_in_and_one_that_fails_stops_none(marketer: Client) -> None:
    bad, good = waiting(payload={"email": "nonsense"}), waiting()
    marketer.post("/inbox/", {"submission": [str(bad.pk), str(good.pk)]})
    found = set(Submission.objects.values_list("pk", "status"))
    assert found == {(bad.pk, "failed"), (good.pk, "processed")}


def test_a_failed_one_is_tried_again(marketer: Client) -> None:
    failed = waiting(SubmissionStatus.FAILED)
    marketer.post("/inbox/", {"submission": str(failed.pk)})
    assert Lead.objects.get().submissions.get() == failed


def test_the_filter_stays_after_letting_in(marketer: Client) -> None:
    answer = marketer.post("/inbox/?status=failed", {"submission": str(waiting().pk)})
    assert answer.headers["Location"] == "/inbox/?status=failed"


@pytest.mark.parametrize("body", [{}, {"submission": "x"}, {"submission": ["", "\x00"]}])
def test_nothing_ticked_changes_nothing(marketer: Client, body: dict[str, Any]) -> None:
    spam = waiting()
    assert marketer.post("/inbox/", body).status_code == 302
    spam.refresh_from_db()
    assert spam.status == "quarantined"


@pytest.mark.parametrize(("role", "status"), [(Role.EXECUTIVE, 200), (Role.SDR, 403)])
def test_who_may_not_release(client: Client, role: Role, status: int) -> None:
    spam = waiting()
    client.force_login(make_user(role=role))
    answers = client.get("/inbox/").status_code, client.post("/inbox/", {"only": spam.pk}).status_code
    assert (answers, Lead.objects.count()) == ((status, 403), 0)


@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        waiting()
    with django_assert_num_queries(6):
        marketer.get("/inbox/")


class TestRejecting:
    def test_what_is_ticked_is_set_aside_with_who_did_it(self, marketer: Client) -> None:
        spam, failed, other = waiting(), waiting(SubmissionStatus.FAILED, next_attempt_at=NOW), waiting()
        marketer.post("/inbox/", {"reject-ticked": "1", "submission": [str(spam.pk), str(failed.pk)]})
        found = Submission.objects.order_by("status").values_list("pk", "status", "rejected_by__role")
        assert set(found) == {
            (spam.pk, "rejected", "marketer"),
            (failed.pk, "rejected", "marketer"),
            (other.pk, "quarantined", None),
        }
        assert (listed(marketer), set(listed(marketer, status="rejected"))) == ([other], {spam, failed})

    def test_its_own_button_means_one_row(self, marketer: Client) -> None:
        spam, other = waiting(), waiting()
        marketer.post("/inbox/", {"reject": str(spam.pk), "submission": str(other.pk)})
        assert listed(marketer) == [other]

    def test_what_failed_is_tried_no_more(self, marketer: Client) -> None:
        failed = waiting(SubmissionStatus.FAILED, next_attempt_at=NOW)
        marketer.post("/inbox/", {"reject": str(failed.pk)})
        assert claim_due(at=NOW, limit=9) == []

    def test_it_can_be_let_in_after_all(self, marketer: Client) -> None:
        spam = waiting()
        marketer.post("/inbox/", {"reject": str(spam.pk)})
        marketer.post("/inbox/", {"only": str(spam.pk)})
        spam.refresh_from_db()
        assert (spam.status, spam.rejected_by, spam.rejected_at) == ("processed", None, None)

    def test_a_lead_is_not_rejected(self, marketer: Client) -> None:
        done = waiting(SubmissionStatus.PROCESSED)
        marketer.post("/inbox/", {"reject": str(done.pk)})
        done.refresh_from_db()
        assert done.status == "processed"

    @pytest.mark.parametrize("role", [Role.SDR, Role.EXECUTIVE])
    def test_others_may_not(self, client: Client, role: Role) -> None:
        spam = waiting()
        client.force_login(make_user(role=role))
        assert client.post("/inbox/", {"reject": str(spam.pk)}).status_code == 403
        spam.refresh_from_db()
        assert spam.status == "quarantined"
