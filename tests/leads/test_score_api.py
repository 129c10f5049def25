"""``GET /api/v1/leads/{id}/score``: who may ask, and what it says."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leads.enums import ScoreCause
from leads.services.scoring import score_lead
from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_user

from .factories import live_rule_set, make_activity, make_company, make_lead, one_group

pytestmark = pytest.mark.django_db


def url(lead):
    return f"/api/v1/leads/{lead.pk}/score"


def get(lead, user=None):
    return Client().get(url(lead), headers=bearer(user))


def test_nobody_sees_nothing():
    assert Client().get(url(make_lead())).status_code == 401


def test_a_token_needs_the_scope():
    headers = bearer(make_user(Role.ADMIN), scopes=[Scope.FUNNEL_READ])
    assert Client().get(url(make_lead()), headers=headers).status_code == 403


def test_a_session_will_do(client):
    client.force_login(make_user(Role.MARKETER))
    assert client.get(url(make_lead())).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_only_reads(method):
    assert getattr(Client(), method)(url(make_lead()), headers=bearer()).status_code == 405


def test_owner_boss_colleague_and_a_lead_that_is_not():
    boss = make_user(Role.MANAGER)
    owner, colleague = make_user(Role.SDR, reports_to=boss), make_user(Role.SDR, reports_to=boss)
    lead = make_lead(owner=owner)
    statuses = [get(lead, user).status_code for user in (owner, boss, colleague)]
    assert (statuses, get(type(lead)(pk=999_999_999), boss).status_code) == ([200, 200, 404], 404)


def test_an_id_beyond_what_the_database_counts():
    assert get(type(make_lead())(pk=10**40)).status_code == 404


def test_it_says_why_rule_by_rule():
    live_rule_set(groups=(one_group(points=10, cap=15, percent=50),))
    lead = make_lead()
    now = timezone.now()
    events = [make_activity(lead, at=now - timedelta(days=days), asset="Guide") for days in (1, 31)]
    answer = get(lead).json()
    line = answer["lines"][0]
    line["events"] = [(event["id"], event["kind"], event["asset"]) for event in line["events"]]
    assert line == {
        "dimension": "interest",
        "group": "interest group",
        "rule": "download counts",
        "points": 20,
        "decayed": 15,
        "counted": 15,
        "times": 2,
        "events": [(event.pk, "download", "Guide") for event in events],
    }


def test_it_says_what_is_missing_for_the_next_stage():
    live_rule_set()
    lead = make_lead(company=make_company(employees=300))
    make_activity(lead, "price_sheet", at=timezone.now())
    answer = get(lead).json()
    assert (answer["reaches"], answer["fit"], answer["intent"]) == ("target", 30, 40)
    assert answer["thresholds"][3] == {
        "stage": "mql",
        "min_fit": 40,
        "min_interest": 0,
        "min_intent": 60,
        "met": False,
    }


def test_it_equals_what_is_stored():
    live_rule_set()
    lead = make_lead(country="ES", job_title="CEO")
    for kind in ("price_sheet", "webinar", "page_view"):
        make_activity(lead, kind, at=timezone.now())
    score_lead(lead=lead, at=timezone.now(), cause=ScoreCause.ACTIVITY)
    answer = get(lead).json()
    shown = [answer[name] for name in ("fit", "interest", "intent", "grade")]
    assert shown == [lead.fit, lead.interest, lead.intent, lead.grade]


def test_a_sum_out_of_bounds_is_explained():
    live_rule_set(groups=(one_group(points=-5),))
    lead = make_lead()
    make_activity(lead)
    lines = get(lead).json()["lines"]
    assert [(line["rule"], line["counted"]) for line in lines] == [
        ("download counts", -5),
        ("Scores stay between 0 and 100", 5),
    ]


def test_no_more_than_twenty_events_of_a_rule_are_listed():
    live_rule_set(groups=(one_group(points=1),))
    lead = make_lead()
    for _ in range(22):
        make_activity(lead)
    (line,) = get(lead).json()["lines"]
    assert (line["times"], len(line["events"])) == (22, 20)


def test_before_any_rules_are_live():
    answer = get(make_lead()).json()
    assert (answer["version"], answer["fit"], answer["lines"], answer["reaches"]) == (None, 0, [], "none")


def test_the_page_costs_the_same_for_many_events(client, django_assert_num_queries):
    live_rule_set(groups=(one_group(),))
    client.force_login(make_user(Role.MARKETER))
    lead = make_lead()
    make_activity(lead)
    client.get(url(lead))
    for _ in range(3):
        make_activity(lead)
    with django_assert_num_queries(5):  # session, user, lead, live rules, events
        client.get(url(lead))
