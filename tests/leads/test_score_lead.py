"""One lead's scores: stored, explained, told to the rooms above."""

from datetime import timedelta

import pytest

from leads.enums import ScoreCause
from leads.models import Lead, ScoreChange
from leads.rules import scoring as rules
from leads.selectors import explain, qualification
from leads.services.scoring import rescore_lead, score_lead
from leads.signals import lead_scored

from .factories import NOW, live_rule_set, make_activity, make_company, make_lead, one_group

pytestmark = pytest.mark.django_db
STORED = ("fit", "interest", "intent", "grade", "rule_set_id", "scored_at", "score_due_at")


@pytest.fixture
def told():
    """What `lead_scored` said, one dict for each time it was sent."""
    heard = []

    def listen(**said):
        heard.append(said)

    lead_scored.connect(listen)
    yield heard
    lead_scored.disconnect(listen)


def stored(lead, *names):
    return Lead.objects.filter(pk=lead.pk).values_list(*(names or STORED)).get()


def test_scores_are_stored_with_the_rules_and_the_next_change():
    rule_set = live_rule_set(groups=(one_group(points=20, percent=50),))
    lead = make_lead()
    make_activity(lead)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert stored(lead) == (0, 20, 0, "C3", rule_set.pk, NOW, NOW + timedelta(days=30))


def test_the_lead_in_hand_shows_what_was_stored():
    live_rule_set()
    lead = make_lead(country="ES")
    score_lead(lead=lead, at=NOW, cause=ScoreCause.EDITED)
    assert tuple(getattr(lead, name) for name in STORED) == stored(lead)


def test_recomputing_changes_nothing():
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    make_activity(lead)
    for _ in range(2):
        score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert (stored(lead, "interest"), ScoreChange.objects.count()) == ((10,), 1)


def test_bots_do_not_score():
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    make_activity(lead, is_scored=False)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert stored(lead, "interest") == (0,)


def test_another_leads_events_do_not_count():
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    make_activity(make_lead())
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert stored(lead, "interest") == (0,)


def test_ledger_tells_before_after_and_why():
    live_rule_set(groups=(one_group(),))
    lead = make_lead(interest=3)
    make_activity(lead)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    change = ScoreChange.objects.values_list("cause", "interest_before", "interest", "at").get()
    assert change == ("activity", 3, 10, NOW)


def test_nothing_changed_writes_no_ledger_row():
    live_rule_set(groups=(one_group(),))
    score_lead(lead=make_lead(), at=NOW, cause=ScoreCause.CREATED, created=True)
    assert ScoreChange.objects.count() == 0


def test_before_any_rules_are_live_scores_stay_zero(told):
    lead = make_lead()
    scores = score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
    assert (scores.values, stored(lead, "fit", "rule_set_id"), told[0]["reached"]) == (
        (0, 0, 0),
        (0, None),
        "none",
    )


def test_further_columns_are_written_also_before_any_rules_are_live():
    lead = make_lead()
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, columns={"engaged_at": NOW})
    assert stored(lead, "engaged_at") == (NOW,)


def test_further_columns_count_for_the_scores():
    live_rule_set()
    lead = make_lead()
    score_lead(lead=lead, at=NOW, cause=ScoreCause.EDITED, columns={"country": "ES"})
    assert stored(lead, "country", "fit") == ("ES", 20)


def test_events_in_hand_are_taken_instead_of_read():
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, events=[rules.Event("download", "", NOW)] * 2)
    assert stored(lead, "interest") == (20,)


def test_rooms_above_hear_of_it_also_when_nothing_changed(told):
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    for _ in range(2):
        score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert [(said["lead"], said["created"], said["cause"]) for said in told] == [
        (lead, False, ScoreCause.ACTIVITY)
    ] * 2


def test_rooms_above_hear_what_the_scores_qualify_for(told):
    live_rule_set()
    lead = make_lead(company=make_company(employees=500, country="ES"))
    make_activity(lead, "contact_request")
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert (told[0]["reached"], qualification(lead)) == ("mql", "mql")


@pytest.fixture
def rooms_above_are_deaf(monkeypatch):
    """What this room costs alone; what the funnel adds is counted in its own tests."""
    monkeypatch.setattr(lead_scored, "receivers", [])


@pytest.mark.usefixtures("rooms_above_are_deaf")
def test_a_new_lead_in_hand_costs_two_statements(django_assert_num_queries):
    live_rule_set(groups=(one_group(),))
    score_lead(lead=make_lead(), at=NOW, cause=ScoreCause.CREATED, created=True)
    lead, event = make_lead(), rules.Event("download", "", NOW)
    with django_assert_num_queries(2):  # live rules and personas; the lead with its ledger row
        score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True, events=[event])


@pytest.mark.usefixtures("rooms_above_are_deaf")
def test_a_known_lead_costs_one_more_for_its_events(django_assert_num_queries):
    live_rule_set(groups=(one_group(),))
    lead = make_lead()
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
    make_activity(lead)
    with django_assert_num_queries(3):
        score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)


def test_persona_is_found_when_facts_change():
    live_rule_set()
    lead = make_lead(job_title="CEO", company=make_company(employees=300))
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
    assert stored(lead, "persona__position") == (1,)


def test_persona_is_left_alone_by_an_activity():
    live_rule_set()
    lead = make_lead(job_title="CEO", company=make_company(employees=300))
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    assert stored(lead, "persona_id") == (None,)


def test_rescoring_locks_and_reads_the_lead():
    live_rule_set()
    lead = make_lead(country="ES")
    rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.EDITED)
    assert stored(lead, "fit") == (20,)


def test_explanation_equals_the_stored_scores():
    live_rule_set()
    lead = make_lead(country="ES", company=make_company(employees=500))
    make_activity(lead, "price_sheet")
    make_activity(lead, "page_view", asset="blog/roi")
    score_lead(lead=lead, at=NOW, cause=ScoreCause.ACTIVITY)
    scores = explain(lead, NOW)
    assert (scores.values, scores.next_change_at) == (
        stored(lead, "fit", "interest", "intent"),
        lead.score_due_at,
    )


def test_explanation_names_rule_points_and_event():
    live_rule_set(groups=(one_group(points=7),))
    lead = make_lead()
    activity = make_activity(lead)
    (line,) = explain(lead, NOW).lines
    assert (line.name, line.counted, [event.id for event in line.events]) == (
        "download counts",
        7,
        [activity.pk],
    )


def test_no_explanation_before_any_rules_are_live():
    assert explain(make_lead(), NOW) is None
