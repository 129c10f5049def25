"""The pages of disputes, and how they count."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason, Stage
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.services.moving import move_journey
from leads.models import Lead
from sla.enums import DisputeKind
from sla.models import Dispute
from sla.selectors.quality import quality_in
from sla.services.disputes import decide, raise_dispute
from smarketing.accounts.models import User
from tests.accounts.factories import bearer
from tests.funnel.pools import NOON, Crew

pytestmark = pytest.mark.django_db
NO_MQL, UNFAIR = DisputeKind.NO_MQL, DisputeKind.UNFAIR_RETURN
DAY = Span(NOON.date(), NOON.date())


@pytest.fixture
def crew() -> Crew:
    return Crew()


def objection(crew: Crew, *, upheld: bool | None = None, source: str = "", **said: Any) -> Dispute:
    """Sales says that a lead handed over at NOON was no MQL; decided when ``upheld`` is given."""
    journey = crew.journey_at(Stage.MQL)
    if source:
        type(journey).objects.filter(pk=journey.pk).update(source=source)
    said = {"reason": "A student", "at": NOON, **said}
    found = raise_dispute(lead_id=journey.lead_id, kind=NO_MQL, actor=crew.sdr, **said)
    return found if upheld is None else judged(found, crew.admin, upheld)


def unfair(crew: Crew, *, upheld: bool) -> Dispute:
    journey = crew.journey_at(Stage.MQL)
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=crew.sdr, at=NOON, reason=Reason.UNREACHABLE)
    found = raise_dispute(
        lead_id=journey.lead_id, kind=UNFAIR, actor=crew.marketer, at=NOON, reason="Nobody called"
    )
    return judged(found, crew.admin, upheld)


def judged(found: Dispute, actor: User, upheld: bool) -> Dispute:
    return decide(dispute_id=found.pk, upheld=upheld, actor=actor, at=NOON, reason="By the rules")


def as_(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_a_rep_raises_it_from_the_page_of_the_lead(client: Client, crew: Crew) -> None:
    lead = crew.journey_at(Stage.MQL).lead
    part = as_(client, crew.sdr).get(f"/leads/{lead.pk}/disputes/").content.decode()
    answer = client.post(f"/leads/{lead.pk}/dispute/", {"reason": "  A student "})
    found = Dispute.objects.get()
    assert (f"/leads/{lead.pk}/dispute/" in part, answer.headers["Location"], found.reason) == (
        True,
        f"/disputes/{found.pk}/",
        "A student",
    )


def test_a_dispute_needs_a_reason(client: Client, crew: Crew) -> None:
    lead = crew.journey_at(Stage.MQL).lead
    answer = as_(client, crew.sdr).post(f"/leads/{lead.pk}/dispute/", {"reason": " \u200b "})
    assert (answer.status_code, Dispute.objects.count()) == (422, 0)


def test_a_second_time_is_told(client: Client, crew: Crew) -> None:
    found = objection(crew)
    path = f"/leads/{found.journey.lead_id}/dispute/"
    assert as_(client, crew.sdr).post(path, {"reason": "Again"}).status_code == 409
    assert "There is nothing to dispute" in client.get(path).content.decode()


def test_the_mediator_decides_on_its_page(client: Client, crew: Crew) -> None:
    found = objection(crew)
    page = as_(client, crew.admin).get(f"/disputes/{found.pk}/")
    assert page.context["form"] is not None
    client.post(f"/disputes/{found.pk}/", {"decision": "upheld", "reason": "True"})
    found.refresh_from_db()
    assert (found.state, found.decision, found.decided_by) == ("upheld", "True", crew.admin)


def test_others_read_and_do_not_decide(client: Client, crew: Crew) -> None:
    found = objection(crew)
    page = as_(client, crew.marketer).get(f"/disputes/{found.pk}/")
    answer = client.post(f"/disputes/{found.pk}/", {"decision": "upheld", "reason": "True"})
    assert (page.status_code, page.context["form"], answer.status_code) == (200, None, 403)


def test_who_decides_second_sees_the_first_decision_and_keeps_the_words(client: Client, crew: Crew) -> None:
    found = objection(crew, upheld=False)
    answer = as_(client, crew.admin).post(
        f"/disputes/{found.pk}/", {"decision": "upheld", "reason": "My words"}
    )
    text = answer.content.decode()
    assert (answer.status_code, "My words" in text, "By the rules" in text) == (409, True, True)


def test_the_list_is_filtered_and_scoped(client: Client, crew: Crew) -> None:
    open_one, struck = objection(crew), objection(crew, upheld=True)
    back = unfair(crew, upheld=False)
    as_(client, crew.marketer)

    def listed(query: str) -> set[int]:
        return {row["dispute"].pk for row in client.get(f"/disputes/?{query}").context["rows"]}

    assert listed("") == {open_one.pk, struck.pk, back.pk}
    assert listed("state=open") == {open_one.pk}
    assert listed("kind=no_mql&state=upheld") == {struck.pk}
    assert listed("first=2026-03-03") == set()
    Lead.objects.update(owner=None)
    as_(client, crew.ae)
    assert listed("") == set()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    client: Client, crew: Crew, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        objection(crew)
    as_(client, crew.marketer)
    with django_assert_num_queries(5):
        client.get("/disputes/")


def test_upheld_disputes_count_and_history_stays(crew: Crew) -> None:
    objection(crew), objection(crew, upheld=True), objection(crew, upheld=False)
    unfair(crew, upheld=True), unfair(crew, upheld=False)
    crew.journey_at(Stage.SQL)
    found = quality_in(filters=Filters(), span=DAY)
    assert (found.struck, found.unfair, found.accepted.count, found.given_back.count) == (1, 1, 1, 2)
    # Six were delivered; one was none. Of three verdicts one was not fair: one of two was accepted.
    assert (found.agreed(6), found.decided, found.accepted_percent) == (5, 2, 50)


def test_an_unfair_return_of_an_sql_is_no_verdict_on_an_mql(crew: Crew) -> None:
    journey = crew.journey_at(Stage.SQL)
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=crew.ae, at=NOON, reason=Reason.NO_BUDGET)
    found = raise_dispute(lead_id=journey.lead_id, kind=UNFAIR, actor=crew.marketer, at=NOON, reason="x")
    judged(found, crew.admin, True)
    assert quality_in(filters=Filters(), span=DAY).unfair == 0


def test_the_numbers_open_what_they_count(client: Client, crew: Crew) -> None:
    struck = objection(crew, upheld=True, source="event")
    objection(crew, upheld=True)
    unfair(crew, upheld=True)
    as_(client, crew.admin)
    page = client.get("/dashboard/?entered_from=2026-03-01&entered_to=2026-03-31&source=event")
    meter = page.context["marketing"]
    assert (meter["struck"].value, meter["agreed"].value, meter["unfair"].value) == (1, 0, 0)
    rows = client.get(meter["struck"].url).context["rows"]
    assert [row["dispute"].pk for row in rows] == [struck.pk]
    assert "MQLs of agreed quality" in page.content.decode()


def test_the_api_lists_by_pages(client: Client, crew: Crew) -> None:
    made = [objection(crew).pk for _ in range(3)]
    headers = bearer(crew.admin)
    first = client.get("/api/v1/disputes?page_size=2", headers=headers).json()
    second = client.get(first["next"], headers=headers).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert second["next"] is None


def test_the_api_raises_and_refuses_a_second(client: Client, crew: Crew) -> None:
    lead = crew.journey_at(Stage.MQL, at=timezone.now()).lead
    body = {"kind": "no_mql", "reason": "A student"}
    path, options = f"/api/v1/leads/{lead.pk}/disputes", {"content_type": "application/json"}
    answers = [client.post(path, body, headers=bearer(crew.sdr), **options) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert (answers[0].json()["state"], answers[0].json()["lead"]["id"]) == ("open", lead.pk)
