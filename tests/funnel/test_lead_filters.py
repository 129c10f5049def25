"""A filter for each column of the list of leads, and each to be taken away again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from funnel.enums import Reason, Stage, Status
from leads.models import Persona
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import Team
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.leads.factories import make_campaign, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def names(client: Client, **params: Any) -> list[str]:
    return [journey.lead.first_name for journey in client.get("/leads/", params).context["page"]]


def chips(client: Client, query: str) -> list[tuple[str, str, str]]:
    found = client.get(f"/leads/?{query}").context["chips"]
    return [(str(chip.label), chip.value, chip.query) for chip in found]


def test_every_filter_finds_one_of_two(marketer: Client) -> None:
    team = Team.objects.create(name="North", side=Side.SALES)
    owner = make_user(role=Role.SDR, team=team)
    campaign, persona = make_campaign(), Persona.objects.create(name="Chief")
    ana = bare_lead(
        first_name="Ana", email="ana@acme.example", phone="+34 600 111 222", job_title="Jefa de compras",
        company=make_company(name="Núñez Robots"), country="ES", grade="A1", owner=owner, persona=persona,
        fit=40, interest=50, intent=60, last_meaningful_at=NOON,
    )  # fmt: skip
    make_journey(
        Stage.MQL, Status.DISQUALIFIED, lead=ana, reason=Reason.NO_BUDGET, source="fair",
        landing_page="/guide", campaign=campaign, stage_since=NOON,
    )  # fmt: skip
    later = NOON + timedelta(days=3)
    bo = bare_lead(first_name="Bo", company_name="Other", interest=90, last_meaningful_at=later)
    make_journey(lead=bo, entered_at=later)
    queries: dict[str, str] = {
        "q": "ana", "stage": "mql", "owner": str(owner.pk), "grade": "A1", "status": "disqualified",
        "reason": "no_budget", "persona": str(persona.pk), "country": "es", "company": "NUNEZ",
        "email": "ACME", "phone": "600-111", "job_title": "COMPRAS", "team": str(team.pk), "source": "fair",
        "campaign": str(campaign.pk), "landing_page": "/guide", "entered_to": "2026-03-02",
        "since_to": "2026-03-02", "active_to": "2026-03-02", "fit_min": "40", "interest_max": "50",
        "intent_min": "60",
    }  # fmt: skip
    found = {name: names(marketer, **{name: value}) for name, value in queries.items()}
    assert found == {name: ["Ana"] for name in queries}
    others = {
        "entered_from": "2026-03-05", "since_from": "2026-03-05", "active_from": "2026-03-05",
        "fit_max": "39", "interest_min": "51", "intent_max": "59", "reason": "~", "landing_page": "~",
    }  # fmt: skip
    found = {name: names(marketer, **{name: value}) for name, value in others.items()}
    assert found == {name: ["Bo"] for name in others}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("fit_min=101", "fit_min"),
        ("fit_min=5&fit_max=4", "fit_max"),
        ("since_from=2026-03-02&since_to=2026-03-01", "since_to"),
        ("reason=nonsense", "reason"),
        ("company=%00", "company"),
        ("active_to=2026-02-30", "active_to"),
    ],
)
def test_a_wrong_filter_is_shown_and_left_out(marketer: Client, query: str, field: str) -> None:
    make_journey(lead=bare_lead(first_name="Ana", fit=50))
    page = marketer.get(f"/leads/?{query}")
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])
    assert [row.lead.first_name for row in page.context["page"]] == ["Ana"]


def test_each_filter_can_be_taken_away(marketer: Client) -> None:
    assert chips(marketer, "q=an&stage=mql&fit_min=0&entered_to=2026-03-02&sort=name&page=2") == [
        ("Search", "an", "stage=mql&fit_min=0&entered_to=2026-03-02&sort=name"),
        ("Stage", "MQL", "q=an&fit_min=0&entered_to=2026-03-02&sort=name"),
        ("Entered until", "2 Mar 2026", "q=an&stage=mql&fit_min=0&sort=name"),
        ("Fit at least", "0", "q=an&stage=mql&entered_to=2026-03-02&sort=name"),
    ]


def test_the_last_filter_leaves_all_leads(marketer: Client) -> None:
    assert chips(marketer, "source=~") == [("Source", "not given", "all=1")]


def test_what_a_number_is_made_of_is_told_and_taken_away_too(marketer: Client) -> None:
    assert chips(marketer, "reached=sql&given_back=true") == [
        ("Reached", "SQL", "given_back=true"),
        ("Returned or disqualified", "true", "reached=sql"),
    ]


def test_words_of_filters_are_text(marketer: Client) -> None:
    page = marketer.get("/leads/", {"company": "<script>x</script>"}).content
    assert (b"<script>x" in page, b"&lt;script&gt;x" in page) == (False, True)


def test_an_unsaved_filter_counts_among_the_others(marketer: Client) -> None:
    assert marketer.get("/leads/?q=a&company=x&fit_max=9").context["more_used"] == 2
