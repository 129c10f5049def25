"""The dashboard of a house where something happened in every stage: what it says, and what it opens."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason, Stage
from funnel.services.moving import move_journey
from funnel.services.targets import set_targets
from leads.models import Lead, Persona
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from sla.views.tables import table_of
from tests.accounts.factories import make_team
from tests.funnel.pools import Crew, entered_lead
from tests.sla.numbers import listed
from tests.sla.test_dashboard import sign_in
from tests.undoing import made_before

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def crew(django_db_setup: None, django_db_blocker: Any) -> Iterator[Crew]:
    with made_before(busy_crew, django_db_blocker) as crew:
        yield crew


def busy_crew() -> Crew:
    """Leads of this minute in every stage, one given back, one lost; clocks by the default policies."""
    at = timezone.now()
    install_defaults(at=at)
    crew = Crew()
    crew.sdr.team = make_team(name="Sales development")
    crew.sdr.save(update_fields=["team"])
    for stage in ("new_name", "engaged", "target", "mql", "sql", "opportunity"):
        crew.journey_at(stage, at=at)
    entered_lead(reached="mql", at=at, source="event")
    given_back = crew.journey_at("mql", at=at)
    move_journey(
        journey_id=given_back.pk,
        move=Move.RECYCLE,
        reason=Reason.NO_NEED,
        actor=crew.manager,
        at=timezone.now(),
    )
    tick(at=timezone.now())
    return crew


class Links(HTMLParser):
    """Numbers that are links inside the page's content: (address, first number of the text)."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.found: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.address = dict(attrs).get("href") or "" if tag == "a" else ""

    def handle_endtag(self, tag: str) -> None:
        self.address = ""

    def handle_data(self, data: str) -> None:
        number = re.match(r"\s*([\d,]+)(?! ?[.,%\d])", data)
        if number and self.address.startswith(("/leads/?", "/promises/?")):
            self.found.append((self.address, int(number[1].replace(",", ""))))


@pytest.mark.parametrize(
    "query", ["", "?period=this_year", "?source=event", "?by=campaign&source=~", "?persona=0"]
)
@pytest.mark.parametrize("role", ["manager", "executive", "marketer", "sdr"])
def test_every_number_opens_exactly_what_it_counts(client: Client, crew: Crew, role: str, query: str) -> None:
    user = getattr(crew, role)
    page = sign_in(client, user).get(f"/dashboard/{query}")
    links = Links()
    links.feed(page.content.decode().split("<main", 1)[1])
    assert links.found
    assert listed(client, dict(links.found)) == dict(links.found)


def test_every_number_by_persona_opens_exactly_what_it_counts(client: Client, crew: Crew) -> None:
    persona = Persona.objects.create(name="The chief")
    Lead.objects.filter(pk=Lead.objects.order_by("-pk")[0].pk).update(persona=persona)
    page = sign_in(client, crew.marketer).get("/dashboard/personas/")
    links = Links()
    links.feed(page.content.decode().split("<main", 1)[1])
    assert listed(client, dict(links.found)) == dict(links.found)
    lines = client.get("/dashboard/personas.csv").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["The chief", "2"], ["none", "7"]]


def test_a_persona_narrows_the_dashboard(client: Client, crew: Crew) -> None:
    persona = Persona.objects.create(name="The chief")
    Lead.objects.filter(journeys__stage="sql").update(persona=persona)
    shown = sign_in(client, crew.manager).get(f"/dashboard/?persona={persona.pk}").context["shown"]
    assert (shown.mql.reached.count, shown.quality.accepted.count, shown.quality.given_back.count) == (
        1,
        1,
        0,
    )
    assert [line.user for team in shown.teams for line in team.people] == [crew.ae]


def test_numbers_are_held_against_the_plan(client: Client, crew: Crew) -> None:
    set_targets(month=timezone.localdate(), counts={Stage.MQL: 3100}, actor=crew.manager, at=timezone.now())
    shown = sign_in(client, crew.manager).get("/dashboard/").context["shown"]
    assert (shown.mql.reached.count, shown.mql.plan, shown.has_plan) == (5, 3100, True)
    assert shown.mql.plan_by_now > 0


@pytest.mark.parametrize("part", ["source=event", "campaign=0", "persona=0", "team"])
def test_a_part_of_the_funnel_is_not_held_against_targets_of_all_of_it(
    client: Client, crew: Crew, part: str
) -> None:
    set_targets(month=timezone.localdate(), counts={Stage.MQL: 3100}, actor=crew.manager, at=timezone.now())
    asked = part if "=" in part else f"team={crew.sdr.team_id}"
    page = sign_in(client, crew.manager).get(f"/dashboard/?{asked}")
    shown = page.context["shown"]
    assert (shown.is_part, shown.has_plan, shown.weeks[-1].plan) == (True, False, None)
    assert b"Targets are of the whole funnel" in page.content and b"No target is set" not in page.content


def test_neither_are_the_leads_of_one_rep(client: Client, crew: Crew) -> None:
    set_targets(month=timezone.localdate(), counts={Stage.MQL: 3100}, actor=crew.manager, at=timezone.now())
    page = sign_in(client, crew.sdr).get("/dashboard/")
    assert page.context["shown"].is_part and b"behind plan" not in page.content


def test_without_a_plan_nothing_is_behind(client: Client, crew: Crew) -> None:
    page = sign_in(client, crew.manager).get("/dashboard/")
    assert (page.context["shown"].has_plan, b"behind plan" in page.content) == (False, False)


def test_verdicts_of_sales(client: Client, crew: Crew) -> None:
    shown = sign_in(client, crew.manager).get("/dashboard/").context["shown"]
    assert (shown.quality.accepted.count, shown.quality.given_back.count) == (2, 1)


def test_people_stand_under_their_team(client: Client, crew: Crew) -> None:
    [team, others] = sign_in(client, crew.manager).get("/dashboard/").context["shown"].teams
    assert (team.name, [line.user for line in team.people]) == ("Sales development", [crew.sdr])
    assert (others.name, [line.user for line in others.people]) == ("", [crew.ae])


def test_a_team_narrows_everything(client: Client, crew: Crew) -> None:
    shown = sign_in(client, crew.manager).get(f"/dashboard/?team={crew.sdr.team_id}").context["shown"]
    assert [team.name for team in shown.teams] == ["Sales development"]


@pytest.mark.parametrize(
    "table", ["stages", "weeks", "people", "responses", "sources", "cohorts", "returned"]
)
def test_each_table_is_a_csv_too(client: Client, crew: Crew, table: str) -> None:
    answer = sign_in(client, crew.manager).get(f"/dashboard/{table}.csv")
    shown = table_of(table, client.get("/dashboard/").context["shown"], by_label="Source")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert (answer.headers["Content-Type"], len(lines)) == ("text/csv; charset=utf-8", 1 + len(shown.rows))


def test_a_median_stay_in_csv_says_its_unit(client: Client, crew: Crew) -> None:
    lines = sign_in(client, crew.manager).get("/dashboard/stages.csv").content.decode("utf-8-sig")
    assert lines.splitlines()[0] == (
        'Stage,Leads that reached it,Plan,Here now,"Go on, %","Median stay, days"'
    )


@pytest.mark.parametrize("part", ["people", "sources"])
def test_a_part_is_only_the_table_when_the_page_asks(client: Client, crew: Crew, part: str) -> None:
    sign_in(client, crew.manager)
    alone = client.get(f"/dashboard/{part}/")
    within = client.get(f"/dashboard/{part}/", headers={"HX-Request": "true"})
    assert [b"<html" in page.content for page in (alone, within)] == [True, False]
    assert f"/dashboard/{part}/".encode() in client.get("/dashboard/").content


def test_every_number_by_source_opens_exactly_what_it_counts(client: Client, crew: Crew) -> None:
    page = sign_in(client, crew.executive).get("/dashboard/sources/")
    links = Links()
    links.feed(page.content.decode().split("<main", 1)[1])
    assert links.found
    assert listed(client, dict(links.found)) == dict(links.found)


def test_a_manager_reads_no_names_of_another_team(client: Client, crew: Crew) -> None:
    page = sign_in(client, crew.other_manager).get("/promises/")
    assert [clock.is_seen for clock in page.context["page"]] == [False] * page.context["page"].paginator.count
    assert page.context["page"].paginator.count > 0


@pytest.mark.parametrize(
    ("address", "told"), [("/promises/", "More than 1 promise"), ("/reminders/", "The latest 1")]
)
def test_a_long_list_says_so_instead_of_counting_it(
    client: Client, crew: Crew, monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setattr("funnel.selectors.lead_sorting.MOST_SORTED", 1)
    page = sign_in(client, crew.executive).get(address)
    assert (told in page.content.decode(), page.context["page"].paginator.count) == (True, 1)


def test_a_long_list_of_promises_is_counted_when_asked(
    client: Client, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = sign_in(client, crew.executive).get("/promises/").context["count"]
    monkeypatch.setattr("funnel.selectors.lead_sorting.MOST_SORTED", 1)
    assert client.get("/promises/?count=1").context["count"] == everything > 1
