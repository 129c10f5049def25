"""Creating and changing leads over the API."""

from typing import Any

import pytest
from django.test import Client

from funnel.models import Journey
from leads.models import Company, Lead
from smarketing.accounts.enums import Role, Scope
from smarketing.accounts.models import User
from tests.accounts.factories import bearer, make_user
from tests.leads.factories import live_rule_set

pytestmark = pytest.mark.django_db
LEADS = "/api/v1/leads"


class Api:
    """A caller with a token."""

    def __init__(self, user: User, **token: Any) -> None:
        self.headers = bearer(user, **token)
        self.client = Client()

    def post(self, body: Any, status: int = 201) -> Any:
        answer = self.client.post(LEADS, body, content_type="application/json", headers=self.headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    def patch(self, pk: int, body: Any, status: int = 200, **headers: str) -> Any:
        answer = self.client.patch(
            f"{LEADS}/{pk}", body, content_type="application/json", headers={**self.headers, **headers}
        )
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def api(db: None) -> Api:
    return Api(make_user(role=Role.MARKETER))


def fields_of(problem: Any) -> list[str]:
    return [error["field"] for error in problem["errors"]]


def test_a_lead_comes_back_as_stored(api: Api):
    body = {
        "email": "Ana.Garcia@Acme.example",
        "first_name": "Ana",
        "last_name": "García",
        "country": "es",
        "custom": {"size": 3, "vip": True, "note": "a b"},
        "company": {"employees": 250, "annual_revenue": "1000000.50"},
    }
    lead = api.post(body)
    assert (lead["email"], lead["country"]) == ("Ana.Garcia@acme.example", "ES")
    assert lead["custom"] == {"size": 3, "vip": True, "note": "a b"}
    company = lead["company"]
    assert (company["domain"], company["employees"]) == ("acme.example", 250)
    assert company["annual_revenue"] == "1000000.50"


def test_the_answer_says_where_the_lead_is(api: Api):
    answer = api.client.post(LEADS, {"phone": "+34600111222"}, "application/json", headers=api.headers)
    assert answer["Location"] == f"http://testserver{LEADS}/{answer.json()['id']}"
    assert api.client.get(answer["Location"], headers=api.headers).json() == answer.json()


def test_a_new_lead_is_scored_and_in_the_funnel(api: Api):
    live_rule_set()
    lead = api.post({"email": "ceo@acme.example", "job_title": "CEO", "company": {"employees": 500}})
    assert lead["scores"]["fit"] > 0
    assert (lead["journey"]["stage"], lead["journey"]["status"]) == ("new_name", "active")


def test_a_rep_owns_the_lead_they_enter(db: None):
    rep = make_user(role=Role.SDR)
    lead = Api(rep).post({"email": "a@b.example"})
    assert lead["owner"]["id"] == rep.pk


@pytest.mark.parametrize("name", ["fit", "owner", "stage", "journey", "id", "merged_into", "created_at", "x"])
def test_what_is_computed_cannot_be_written(api: Api, name: str):
    assert fields_of(api.post({"email": "a@b.example", name: 1}, 400)) == [name]
    lead = api.post({"email": "a@b.example"})
    assert fields_of(api.patch(lead["id"], {name: 1}, 400)) == [name]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": 5}, "email"),
        ({"phone": "abc"}, "phone"),
        ({"email": "a@b.example", "country": "Spain"}, "country"),
        ({"email": "a@b.example", "first_name": "a" * 121}, "first_name"),
        ({"email": "a@b.example", "seniority": "boss"}, "seniority"),
        ({"email": "a@b.example", "custom": []}, "custom"),
        ({"email": "a@b.example", "custom": {"a": {}}}, "custom"),
        ({"email": "a@b.example", "custom": {"\u200b": 1}}, "custom"),
        ({"email": "a@b.example", "custom": {str(n): n for n in range(51)}}, "custom"),
        ({"email": "a@b.example", "company": {"employees": -1}}, "company.employees"),
        ({"email": "a@b.example", "company": {"employees": 10**12}}, "company.employees"),
        ({"email": "a@b.example", "company": {"domain": "x.example"}}, "company.domain"),
        ({"email": "a@b.example", "company": []}, "company"),
        ({"email": "a@b.example", "company": {"annual_revenue": "1e500"}}, "company.annual_revenue"),
    ],
)
def test_a_wrong_value_is_named(api: Api, body: dict[str, Any], field: str):
    assert fields_of(api.post(body, 400)) == [field]
    assert Lead.objects.count() == 0


def test_text_is_cleaned(api: Api):
    lead = api.post(
        {"email": "a@b.example", "first_name": " A\u200bna\r\nBcc: x ", "last_name": "<b>{{7*7}}"}
    )
    assert (lead["first_name"], lead["last_name"]) == ("Ana Bcc: x", "<b>{{7*7}}")


def test_a_known_address_is_a_conflict(api: Api):
    api.post({"email": "ana@acme.example"})
    assert fields_of(api.post({"email": "ANA@ACME.example"}, 409)) == ["email"]


def test_a_known_external_id_is_a_conflict(api: Api):
    api.post({"external_id": "crm-1"})
    assert fields_of(api.post({"external_id": "crm-1", "email": "b@b.example"}, 409)) == ["external_id"]


def test_only_named_fields_change(api: Api):
    lead = api.post({"email": "a@b.example", "first_name": "Ana", "custom": {"a": 1, "b": 2}})
    changed = api.patch(lead["id"], {"last_name": "Ruiz", "custom": {"b": None, "c": 3}})
    assert (changed["first_name"], changed["last_name"]) == ("Ana", "Ruiz")
    assert changed["custom"] == {"a": 1, "c": 3}


def test_nothing_said_changes_nothing(api: Api):
    lead = api.post({"email": "a@b.example"})
    assert api.patch(lead["id"], {}) == lead


def test_the_level_follows_the_title_until_somebody_sets_it(api: Api):
    lead = api.post({"email": "a@b.example", "job_title": "CEO"})
    assert (lead["seniority"], api.patch(lead["id"], {"job_title": "Student"})["seniority"]) == (
        "chief",
        "student",
    )
    api.patch(lead["id"], {"seniority": "manager"})
    assert api.patch(lead["id"], {"job_title": "CEO"})["seniority"] == "manager"


def test_a_new_address_finds_its_company(api: Api):
    lead = api.post({"email": "ana@gmail.com"})
    assert lead["company"] is None
    assert api.patch(lead["id"], {"email": "ana@acme.example"})["company"]["domain"] == "acme.example"


def test_facts_of_the_company_rescore_its_other_leads(api: Api):
    first, second = (api.post({"email": f"{name}@acme.example"}) for name in "ab")
    api.patch(first["id"], {"company": {"employees": 900}})
    assert Company.objects.get().employees == 900
    assert Lead.objects.get(pk=second["id"]).score_due_at is not None


def test_an_address_of_another_lead_cannot_be_taken(api: Api):
    api.post({"email": "a@b.example"})
    lead = api.post({"email": "b@b.example"})
    assert fields_of(api.patch(lead["id"], {"email": "A@b.example"}, 409)) == ["email"]
    assert Lead.objects.get(pk=lead["id"]).email == "b@b.example"


def test_a_change_from_what_was_read_is_made(api: Api):
    lead = api.post({"email": "a@b.example"})
    changed = api.patch(lead["id"], {"first_name": "Ana"}, **{"If-Match": f'"{lead["version"]}"'})
    assert changed["version"] > lead["version"]


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', "nonsense", '"1", "{}"'])
def test_a_change_from_something_older_is_refused(api: Api, tag: str):
    lead = api.post({"email": "a@b.example"})
    newer = api.patch(lead["id"], {"first_name": "Ana"})
    problem = api.patch(lead["id"], {"first_name": "Bo"}, 412, **{"If-Match": tag.format(lead["version"])})
    assert problem["lead"] == newer


@pytest.mark.parametrize("tag", ["*", '"1", "{}"'])
def test_other_ways_to_say_the_present_version(api: Api, tag: str):
    lead = api.post({"email": "a@b.example"})
    api.patch(lead["id"], {"first_name": "Bo"}, **{"If-Match": tag.format(lead["version"])})
    assert Lead.objects.get().first_name == "Bo"


def test_another_persons_lead_is_missing(api: Api):
    lead = api.post({"email": "a@b.example"})
    Api(make_user(role=Role.AE)).patch(lead["id"], {"first_name": "x"}, 404)
    assert Lead.objects.get().first_name == ""


def test_a_merged_lead_is_missing(api: Api):
    survivor, duplicate = (api.post({"email": f"{name}@b.example"}) for name in "ab")
    Lead.objects.filter(pk=duplicate["id"]).update(merged_into=survivor["id"])
    api.patch(duplicate["id"], {"first_name": "x"}, 404)


def test_a_token_that_reads_cannot_write(db: None):
    reader = Api(make_user(role=Role.MARKETER), scopes=[Scope.LEADS_READ])
    reader.post({"email": "a@b.example"}, 403)


def test_a_change_keeps_the_journey(api: Api):
    lead = api.post({"email": "a@b.example"})
    api.patch(lead["id"], {"first_name": "Ana"})
    assert Journey.objects.count() == 1
