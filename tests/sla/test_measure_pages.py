"""How an agreement is kept, on the page: the same for everybody, and every number opens what it counts."""

import csv
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.models import Assignment, Journey
from funnel.rules.periods import Span
from leads.models import Lead
from sla.enums import ClockState, PromiseKind, Standing
from sla.models import Agreement, AgreementPromise, Clock
from sla.rules.measure import Fact, Stretch, Term
from sla.rules.pace import Pace
from sla.selectors.measure import Card
from sla.views.measure import look_of, measured_on
from smarketing.accounts.enums import Role, Side
from tests.accounts.factories import make_user
from tests.sla.ladders import make_chain, make_ladders
from tests.sla.numbers import listed

pytestmark = [
    pytest.mark.django_db,
    # "Today" is looked at: an hour ago must be today, and of this week and month.
    pytest.mark.at("2026-11-25T11:00"),
]
DAY = dt.timedelta(days=1)


def agreement(
    *, days: int = 40, promises: bool = True, previous: Agreement | None = None, **fields: Any
) -> Agreement:
    """In force around today, written straight to its table."""
    today, now = timezone.localdate(), timezone.now()
    first, last = today - days * DAY, today + days * DAY
    stamps = {"proposed_at": now, "signed_at": now, "in_force_from": first, "in_force_until": last}
    money = {"currency": "EUR", "revenue": 1000, "sale": 10}
    # Promises are written first: what was proposed is frozen by the database.
    version = {"previous": previous, "version": 1 if previous is None else 2}
    made = Agreement.objects.create(name="Autumn", first_day=first, last_day=last, **version, **money)
    if promises:
        rows = (
            (PromiseKind.MQLS, Side.MARKETING, {"amount": Decimal(60)}),
            (PromiseKind.FIRST_CONTACT, Side.SALES, {"minutes": 5, "target_percent": Decimal(90)}),
            (PromiseKind.ATTEMPTS, Side.SALES, {"amount": Decimal(5)}),
            (PromiseKind.DECISION, Side.SALES, {"days": 7, "target_percent": Decimal(95)}),
            (PromiseKind.ACCEPTED_SHARE, Side.SALES, {"target_percent": Decimal(70)}),
        )
        for kind, side, numbers in rows:
            AgreementPromise.objects.create(agreement=made, kind=kind, side=side, **numbers)
    Agreement.objects.filter(pk=made.pk).update(**{**stamps, **fields})
    made.refresh_from_db()
    return made


def handed_over(leads: int = 3) -> list[Clock]:
    """Two missed and the rest kept, an hour ago."""
    rep, _boss, _ceo = make_chain()
    due_at = timezone.now() - dt.timedelta(hours=1)
    clocks = make_ladders([rep] * leads, due_at=due_at)
    for clock in clocks:
        given = {"journey_id": clock.journey_id, "lead_id": clock.lead_id, "assigned_at": clock.started_at}
        Assignment.objects.create(user=rep, **given)
    kept = [clock.pk for clock in clocks[2:]]
    Clock.objects.filter(pk__in=kept).update(state=ClockState.MET, ended_at=due_at)
    return clocks


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's state is asked for once, however slow the machine is."""
    monkeypatch.setattr("sla.context_processors.GOOD_FOR", 3600.0)


def signed_in(client: Client, role: str = Role.MARKETER) -> Client:
    client.force_login(make_user(role=role))
    return client


def test_without_an_agreement_the_way_to_the_plan_is_shown(client: Client) -> None:
    pages = {
        role: signed_in(client, role).get("/agreement/now/").content for role in (Role.MANAGER, Role.SDR)
    }
    assert (b"/agreement/new/" in pages[Role.MANAGER], b"/agreement/new/" in pages[Role.SDR]) == (True, False)


def test_now_leads_to_the_one_in_force(client: Client) -> None:
    found = agreement()
    answer = signed_in(client).get("/agreement/now/?per=week")
    assert answer["Location"] == f"/agreement/{found.pk}/measure/?per=week"


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_the_same_numbers(client: Client, role: str) -> None:
    found = agreement()
    handed_over()
    blocks = signed_in(client, role).get(f"/agreement/{found.pk}/measure/?per=week").context["blocks"]
    numbers = [(block["stretch"].fact.kept.kept, block["stretch"].fact.broken) for block in blocks]
    assert numbers == [(3, 0), (1, 2), (0, 0), (0, 0), (0, 0)]


@pytest.mark.parametrize("per", ["day", "week", "month"])
@pytest.mark.parametrize("by", ["team", "rep", "source"])
def test_every_number_opens_as_many_leads(client: Client, per: str, by: str) -> None:
    found = agreement()
    handed_over(), handed_over(4)
    Journey.objects.filter(pk=Journey.objects.earliest("pk").pk).update(source="fair")
    signed_in(client, Role.SDR)
    blocks = client.get(f"/agreement/{found.pk}/measure/?per={per}&by={by}").context["blocks"]
    links = [(block["broken"], block["broken_url"]) for block in blocks if block["broken_url"]]
    for block in blocks:
        for table in (block["series"], block["groups"]):
            links += [(cell.value, cell.url) for row in table.rows for cell in row.cells if cell.url]
    opened = listed(client, [url for _n, url in links])
    assert ([opened[url] for _n, url in links], len(links) > 8) == ([n for n, _url in links], True)


@pytest.mark.parametrize(("by", "says"), [("team", True), ("rep", True), ("source", False)])
def test_whose_a_lead_is_counted_is_said(client: Client, by: str, says: bool) -> None:
    page = signed_in(client).get(f"/agreement/{agreement().pk}/measure/?by={by}")
    assert (b"handed to first" in page.content) is says


def test_the_list_names_whom_a_lead_was_handed_to(client: Client) -> None:
    found = agreement()
    clock = handed_over(1)[0]
    Lead.objects.update(owner=make_user(role=Role.AE, first_name="Later"))
    page = signed_in(client).get(f"/agreement/{found.pk}/measure/{found.promises.earliest('pk').pk}/")
    assert [row["owner"] for row in page.context["rows"]] == [clock.owner]
    assert b"Handed over to" in page.content and b"Later" not in page.content


def test_names_are_told_only_to_who_may_see_them(client: Client) -> None:
    found = agreement()
    clock = handed_over()[0]
    Lead.objects.filter(pk=clock.lead_id).update(last_name="Secret")
    promise = found.promises.get(kind=PromiseKind.FIRST_CONTACT)
    url = f"/agreement/{found.pk}/measure/{promise.pk}/"
    own, other = Client(), signed_in(client, Role.SDR)
    assert clock.owner is not None
    own.force_login(clock.owner)
    pages = [one.get(url) for one in (own, other)]
    assert ["Secret" in page.content.decode() for page in pages] == [True, False]
    assert [page.context["page"].paginator.count for page in pages] == [3, 3]


def test_earlier_stretches_are_a_click_away(client: Client) -> None:
    found = agreement()
    page = signed_in(client).get(f"/agreement/{found.pk}/measure/?per=day")
    assert page.context["later"] == ""
    before = client.get(f"/agreement/{found.pk}/measure/?{page.context['earlier']}")
    day = timezone.localdate() - DAY
    assert before.context["blocks"][0]["stretch"].span.first == day and before.context["later"] != ""


def test_from_a_version_the_one_before_is_a_click_away(client: Client) -> None:
    first = agreement(in_force_until=timezone.localdate() - DAY, superseded_at=timezone.now())
    second = agreement(previous=first, in_force_from=timezone.localdate())
    page = signed_in(client).get(f"/agreement/{second.pk}/measure/").content.decode()
    assert f'<a href="/agreement/{first.pk}/measure/">How version 1 was kept</a>' in page
    assert "was kept</a>" not in client.get(f"/agreement/{first.pk}/measure/").content.decode()


def test_nonsense_in_the_address_is_as_if_it_were_not_there(client: Client) -> None:
    found = agreement()
    handed_over()
    url = f"/agreement/{found.pk}/measure/"
    assert signed_in(client).get(f"{url}?per=year&by=x&on=never").status_code == 200
    promise = found.promises.get(kind=PromiseKind.FIRST_CONTACT)
    page = client.get(f"{url}{promise.pk}/?first=x&by=rep&key=abc&outcome=zzz")
    assert (page.status_code, page.context["page"].paginator.count) == (200, 3)


def test_a_promise_of_another_agreement_is_not_there(client: Client) -> None:
    found, draft = (
        agreement(),
        Agreement.objects.create(
            name="Other", first_day="2020-01-01", last_day="2020-02-01", currency="EUR", revenue=1, sale=1
        ),
    )
    promise = found.promises.earliest("pk")
    assert signed_in(client).get(f"/agreement/{draft.pk}/measure/{promise.pk}/").status_code == 404


def test_without_promises_it_says_what_to_do(client: Client) -> None:
    found = agreement(promises=False)
    assert b"Nothing is promised yet" in signed_in(client).get(f"/agreement/{found.pk}/measure/").content


def test_the_file_has_the_numbers_of_the_page(client: Client) -> None:
    found = agreement()
    handed_over()
    url = f"/agreement/{found.pk}/measure"
    blocks = signed_in(client).get(f"{url}/?per=day").context["blocks"]
    text = client.get(f"{url}.csv?per=day").content.decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    series = [row for row in rows if row["Group"] == "All"]
    shown = [
        cell.value for block in blocks for row in reversed(block["series"].rows) for cell in row.cells[:1]
    ]
    assert [row["Done"] for row in series] == ["" if value is None else str(value) for value in shown]


def test_a_stretch_that_is_over_is_judged(client: Client) -> None:
    found = agreement()
    before = timezone.localdate() - DAY
    page = signed_in(client).get(f"/agreement/{found.pk}/measure/?per=day&on={before}")
    assert page.context["blocks"][0]["standing"] == Standing.MISSED


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("leads", [1, 3])
def test_the_page_costs_the_same_at_any_size(
    client: Client, leads: int, django_assert_num_queries: Any
) -> None:
    found = agreement()
    handed_over(leads)
    signed_in(client).get("/agreement/")
    with django_assert_num_queries(19):
        client.get(f"/agreement/{found.pk}/measure/")


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("leads", [1, 3])
@pytest.mark.parametrize(("kind", "statements"), [(PromiseKind.FIRST_CONTACT, 8), (PromiseKind.MQLS, 9)])
def test_the_list_costs_the_same_at_any_size(
    client: Client, leads: int, kind: PromiseKind, statements: int, django_assert_num_queries: Any
) -> None:
    found = agreement()
    handed_over(leads)
    promise = found.promises.get(kind=kind)
    signed_in(client, Role.SDR).get("/agreement/")
    with django_assert_num_queries(statements):
        client.get(f"/agreement/{found.pk}/measure/{promise.pk}/")


@pytest.mark.parametrize("page", ["/dashboard/", "/executive/"])
def test_the_two_meters_lead_here(client: Client, page: str) -> None:
    content = signed_in(client, Role.ADMIN).get(page).content.decode()
    assert content.count('class="card-more" href="/agreement/now/"') == 2


@pytest.mark.parametrize(
    ("standing", "pace", "look"),
    [
        (Standing.OPEN, Pace(60, 61, 70), "good"),
        (Standing.OPEN, Pace(40, 59, 60), "soon"),
        (Standing.OPEN, Pace(40, 50, 59), "soon"),
        (Standing.OPEN, None, "plain"),
        (Standing.BEHIND, Pace(40, 59, 60), "soon"),
        (Standing.BEHIND, Pace(40, 50, 59), "late"),
        (Standing.BEHIND, None, "soon"),
    ],
)
def test_the_colour_warns_before_it_is_missed(standing: Standing, pace: Pace | None, look: str) -> None:
    term = Term(1, PromiseKind.MQLS, Side.MARKETING)
    one = Stretch(term, Span(), Fact(), plan=60, due=30, standing=standing, pace=pace)
    assert look_of(Card(term, one, [one], [])) == look


@pytest.mark.parametrize(("mqls", "said"), [(0, ""), (1, " (1 MQL)"), (45, " (45 MQLs)")])
def test_how_many_a_worth_was_measured_on_is_told_if_it_was(mqls: int, said: str) -> None:
    assert measured_on(mqls) == said


def test_acceptances_are_neither_in_time_nor_late(client: Client) -> None:
    found = agreement()
    handed_over()
    blocks = signed_in(client).get(f"/agreement/{found.pk}/measure/").context["blocks"]
    heads = {block["term"].kind: block["series"].head[2:-1] for block in blocks}
    assert heads[PromiseKind.ACCEPTED_SHARE] == ["Accepted", "Returned", "Not decided by a person"]
    assert heads[PromiseKind.FIRST_CONTACT] == ["In time", "Late", "Not done", "Still open"]
    (accepted,) = [block for block in blocks if block["term"].kind == PromiseKind.ACCEPTED_SHARE]
    assert {len(row.cells) for row in accepted["series"].rows} == {5}
