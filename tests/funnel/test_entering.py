"""How leads enter the funnel and how far their scores carry them."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funnel.enums import Move, Reason
from funnel.models import Assignment, Journey, StageChange
from funnel.services.entering import advance, enter, follow_score
from funnel.services.moving import move_journey
from funnel.signals import journey_moved, lead_assigned
from leads.models import Company, Lead
from tests.funnel.pools import NOON, Crew, entered_lead, journey_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


def interact(lead: Lead, at: datetime) -> Lead:
    Lead.objects.filter(pk=lead.pk).update(last_meaningful_at=at)
    lead.refresh_from_db()
    return lead


def go(lead: Lead, reached: str, at: datetime = LATER) -> Journey:
    return advance(lead=lead, at=at, actor=None, reached=reached)


def close(lead: Lead, move: str, at: datetime = LATER) -> None:
    journey = journey_of(lead)
    move_journey(journey_id=journey.pk, move=move, actor=None, at=at, reason=Reason.NO_NEED)
    lead.refresh_from_db()


def test_without_a_meaningful_interaction_scores_move_nobody() -> None:
    lead = entered_lead(engaged=False, reached="mql")
    assert journey_of(lead).stage == "new_name"


@pytest.mark.parametrize(("reached", "stage"), [("none", "engaged"), ("target", "target"), ("mql", "mql")])
def test_an_engaged_lead_goes_as_far_as_its_scores(reached: str, stage: str) -> None:
    assert journey_of(entered_lead(reached=reached)).stage == stage


def test_a_jump_writes_one_row_for_each_stage_passed() -> None:
    lead = entered_lead(reached="mql", fit=50, interest=20, intent=30)
    rows = StageChange.objects.filter(lead=lead).values_list(
        "move", "from_stage", "to_stage", "fit", "intent"
    )
    assert list(rows) == [
        ("enter", "", "new_name", 50, 30),
        ("advance", "new_name", "engaged", 50, 30),
        ("advance", "engaged", "target", 50, 30),
        ("advance", "target", "mql", 50, 30),
    ]


def test_a_skipped_stage_gets_the_time_of_the_jump() -> None:
    journey = journey_of(entered_lead(reached="mql"))
    stamps = [journey.entered_at, journey.engaged_at, journey.target_at, journey.mql_at, journey.sql_at]
    assert stamps == [NOON, NOON, NOON, NOON, None]


def test_time_in_a_stage_is_kept_in_seconds() -> None:
    lead = entered_lead(reached="none")
    go(lead, "mql")
    seconds = StageChange.objects.filter(lead=lead, at=LATER).values_list("from_stage", "seconds")
    assert list(seconds) == [("engaged", 7200), ("target", 0)]


def test_lower_scores_never_move_a_journey_back() -> None:
    lead = entered_lead(reached="target")
    assert go(lead, "none").stage == "target"


def test_an_mql_is_not_moved_by_scores() -> None:
    lead = entered_lead(reached="mql")
    assert go(lead, "mql").version == 4


def test_origin_is_copied_at_entry() -> None:
    lead = entered_lead(source="ads", landing_page="/guide")
    journey = journey_of(lead)
    assert (journey.source, journey.landing_page, journey.campaign_id) == ("ads", "/guide", None)


def test_a_recycled_lead_waits_for_something_new() -> None:
    lead = entered_lead(reached="mql")
    close(lead, Move.RECYCLE)
    journey = go(lead, "mql", LATER + timedelta(hours=1))
    assert (journey.number, journey.stage) == (2, "new_name")


@pytest.mark.parametrize(("seconds", "stage"), [(-1, "new_name"), (0, "new_name"), (1, "mql")])
def test_a_recycled_lead_qualifies_again_after_a_newer_interaction(seconds: int, stage: str) -> None:
    lead = entered_lead(reached="mql")
    close(lead, Move.RECYCLE)
    interact(lead, LATER + timedelta(seconds=seconds))
    assert go(lead, "mql", LATER + timedelta(hours=1)).stage == stage


def test_a_postponed_journey_keeps_its_date_whatever_the_score() -> None:
    crew, resume_at = Crew(), NOON + timedelta(days=30)
    journey = crew.journey_at("mql")
    details = {"reason": Reason.TIMING, "resume_at": resume_at}
    move_journey(journey_id=journey.pk, move=Move.POSTPONE, actor=crew.sdr, at=NOON, **details)
    after = go(interact(journey.lead, LATER), "mql")
    assert (after.status, after.resume_at, after.version) == ("postponed", resume_at, 5)


def test_a_disqualified_lead_stays_disqualified() -> None:
    lead = entered_lead(reached="target")
    close(lead, Move.DISQUALIFY)
    interact(lead, LATER + timedelta(hours=1))
    assert go(lead, "mql", LATER + timedelta(hours=1)).status == "disqualified"


def test_a_lost_lead_that_comes_back_starts_the_next_journey() -> None:
    journey = Crew().journey_at("opportunity")
    close(journey.lead, Move.LOSE)
    lead = interact(journey.lead, LATER + timedelta(hours=1))
    again = go(lead, "target", LATER + timedelta(hours=1))
    assert (again.number, again.stage, again.entered_at) == (2, "target", LATER + timedelta(hours=1))


def test_a_lost_lead_without_news_stays_lost() -> None:
    journey = Crew().journey_at("opportunity")
    close(journey.lead, Move.LOSE)
    assert go(journey.lead, "mql", LATER + timedelta(hours=1)).status == "lost"


def test_a_customer_stays_a_customer() -> None:
    journey = Crew().journey_at("opportunity")
    close(journey.lead, Move.WIN)
    lead = interact(journey.lead, LATER + timedelta(hours=1))
    after = go(lead, "mql", LATER + timedelta(hours=1))
    assert (after.number, after.stage, after.status) == (1, "customer", "won")


def test_each_lead_has_one_current_journey() -> None:
    lead = entered_lead(reached="mql")
    close(lead, Move.RECYCLE)
    current = Journey.objects.filter(lead=lead).order_by("number").values_list("number", "is_current")
    assert list(current) == [(1, False), (2, True)]


def test_a_lead_that_has_no_journey_yet_gets_one() -> None:
    lead = Lead.objects.create(created_at=NOON, updated_at=NOON)
    assert go(lead, "none").number == 1


def test_a_merged_duplicate_enters_nothing() -> None:
    survivor = entered_lead()
    lead = Lead.objects.create(created_at=NOON, updated_at=NOON, merged_into=survivor)
    follow_score(lead=lead, created=False, reached="mql", at=NOON, actor=None)
    assert lead.journeys.count() == 0


def new_lead() -> Lead:
    company = Company.objects.create(name="Acme", employees=300, country="ES", created_at=NOON)
    return Lead.objects.create(
        created_at=NOON, updated_at=NOON, company=company, engaged_at=NOON, last_meaningful_at=NOON
    )


@pytest.fixture
def rooms_above_are_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this room costs alone; the clocks are counted where they live."""
    monkeypatch.setattr(journey_moved, "receivers", [])
    monkeypatch.setattr(lead_assigned, "receivers", [])


@pytest.mark.usefixtures("rooms_above_are_deaf")
@pytest.mark.parametrize(("reached", "statements"), [("none", 1), ("target", 1), ("mql", 4)])
def test_a_new_lead_costs_few_statements(reached: str, statements: int) -> None:
    Crew()
    lead = new_lead()
    with CaptureQueriesContext(connection) as queries:
        enter(lead=lead, at=NOON, actor=None, reached=reached)
    assert len(queries) == statements, [q["sql"] for q in queries]


def test_a_new_mql_is_given_to_the_sdr() -> None:
    crew = Crew()
    lead = new_lead()
    enter(lead=lead, at=NOON, actor=None, reached="mql")
    assert Assignment.objects.get(lead=lead).user == crew.sdr


def test_a_score_that_moves_nothing_costs_one_statement() -> None:
    lead = entered_lead(reached="target")
    with CaptureQueriesContext(connection) as queries:
        follow_score(lead=lead, created=False, reached="target", at=LATER, actor=None)
    assert len(queries) == 1
