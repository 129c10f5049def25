"""Many leads: decay, re-scoring after a publish, failures that keep nobody waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.enums import ScoreCause
from leads.models import Lead, Rescore, ScoreChange
from leads.rules import scoring as rules
from leads.selectors.rule_sets import live_rule_set as live_rules
from leads.selectors.scores import events_of, facts_of
from leads.services import rescoring
from leads.services.drafts import create_draft
from leads.services.publishing import publish
from leads.services.rescoring import rescore_due, rescore_left_behind, run_rescore
from leads.services.scoring import score_lead
from leads.signals import lead_scored
from leads.tasks import rescore_due as rescore_due_task
from leads.tasks import run_rescore as run_rescore_task

from .factories import NOW, live_rule_set, make_activity, make_company, make_lead, one_group

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


def scored_lead(*kinds, **fields):
    lead = make_lead(**fields)
    for kind in kinds:
        make_activity(lead, kind)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
    return lead


def values(name="interest"):
    return list(Lead.objects.order_by("pk").values_list(name, flat=True))


def untrue(at):
    """Ids of leads whose stored scores are not what their events say."""
    rule_set = live_rules()
    wrong = []
    for lead in Lead.objects.select_related("company"):
        events = events_of([lead.pk], rule_set.kinds).get(lead.pk, [])
        if rules.score(rule_set, facts_of(lead), events, at).values != (lead.fit, lead.interest, lead.intent):
            wrong.append(lead.pk)
    return wrong


@pytest.fixture
def told():
    heard = []

    def listen(lead, **said):
        heard.append(lead.pk)

    lead_scored.connect(listen)
    yield heard
    lead_scored.disconnect(listen)


@pytest.fixture
def refuse():
    """Makes a receiver of `lead_scored` fail for the leads in the list."""
    ids = []

    def listen(lead, **said):
        if lead.pk in ids:
            raise RuntimeError("poison")

    lead_scored.connect(listen)
    yield ids
    lead_scored.disconnect(listen)


def test_nothing_is_due_a_moment_before_the_decay():
    live_rule_set(groups=(one_group(percent=50),))
    scored_lead("download")
    assert rescore_due(at=NOW + MONTH - timedelta(seconds=1)) == 0


def test_scores_fall_when_the_time_has_come():
    live_rule_set(groups=(one_group(percent=50),))
    lead = scored_lead("download")
    assert (rescore_due(at=NOW + MONTH), values()) == (1, [5])
    lead.refresh_from_db()
    assert (lead.score_due_at, lead.scored_at) == (NOW + 2 * MONTH, NOW + MONTH)


def test_decay_is_in_the_ledger():
    live_rule_set(groups=(one_group(percent=50),))
    scored_lead("download")
    rescore_due(at=NOW + MONTH)
    assert list(ScoreChange.objects.order_by("pk").values_list("cause", "interest_before", "interest")) == [
        ("created", 0, 10),
        ("decay", 10, 5),
    ]


def test_a_score_that_decayed_to_the_end_is_never_due_again():
    live_rule_set(groups=(one_group(percent=100),))
    scored_lead("download")
    rescore_due(at=NOW + MONTH)
    assert (values("score_due_at"), values()) == ([None], [0])


def test_merged_leads_are_not_due():
    live_rule_set(groups=(one_group(percent=50),))
    lead = scored_lead("download")
    Lead.objects.filter(pk=lead.pk).update(merged_into=make_lead())
    assert rescore_due(at=NOW + MONTH) == 0


def test_a_batch_takes_no_more_than_its_limit():
    live_rule_set(groups=(one_group(percent=50),))
    for _ in range(3):
        scored_lead("download")
    assert [rescore_due(at=NOW + MONTH, limit=2) for _ in range(3)] == [2, 1, 0]


@pytest.mark.parametrize("size", [1, 3])
def test_a_batch_costs_the_same_statements_at_any_size(size, django_assert_num_queries):
    live_rule_set(groups=(one_group(percent=50),))
    for _ in range(size):
        scored_lead("download")
    with django_assert_num_queries(7):  # savepoint pair, live rules, leads, events, ledger, update
        rescore_due(at=NOW + MONTH)


def test_decay_tells_nobody(told):
    live_rule_set(groups=(one_group(percent=50),))
    scored_lead("download")
    told.clear()
    rescore_due(at=NOW + MONTH)
    assert told == []


def test_a_lead_that_cannot_be_scored_waits_an_hour_and_says_why(monkeypatch):
    live_rule_set(groups=(one_group(percent=50),))
    poison, fine = scored_lead("download"), scored_lead("download")

    def facts(lead):
        if lead.pk == poison.pk:
            raise ValueError("broken facts")
        return facts_of(lead)

    monkeypatch.setattr(rescoring, "facts_of", facts)
    at = NOW + MONTH
    rescore_due(at=at)
    rows = Lead.objects.order_by("pk").values_list("pk", "interest", "score_due_at", "score_error")
    assert list(rows) == [
        (poison.pk, 10, at + timedelta(hours=1), "ValueError: broken facts"),
        (fine.pk, 5, NOW + 2 * MONTH, ""),
    ]


def test_a_lead_that_scores_again_forgets_the_error():
    live_rule_set(groups=(one_group(percent=50),))
    lead = scored_lead("download")
    Lead.objects.filter(pk=lead.pk).update(score_error="ValueError")
    rescore_due(at=NOW + MONTH)
    assert values("score_error") == [""]


def new_rules(**group):
    """Publish other rules after some leads were scored; the re-score that begins."""
    live_rule_set(groups=(one_group(**group),))
    return Rescore.objects.get(finished_at=None)


def test_everybody_is_scored_by_the_new_rules():
    live_rule_set(groups=(one_group(),))
    for _ in range(3):
        scored_lead("download")
    rescore = new_rules(points=30)
    run_rescore(rescore_id=rescore.pk, at=NOW)
    assert (values(), set(values("rule_set_id"))) == ([30, 30, 30], {rescore.rule_set_id})


def test_progress_is_kept_after_every_batch():
    live_rule_set(groups=(one_group(),))
    leads = [scored_lead("download") for _ in range(3)]
    rescore = new_rules(points=30)
    seen = []
    for _ in range(2):
        now = run_rescore(rescore_id=rescore.pk, at=NOW, batch=2)
        seen.append((now.done, now.total, now.last_lead_id, now.finished_at))
    assert seen == [(2, 3, leads[1].pk, None), (3, 3, leads[2].pk, NOW)]


def test_a_re_score_resumes_where_it_stopped():
    live_rule_set(groups=(one_group(),))
    for _ in range(3):
        scored_lead("download")
    rescore = new_rules(points=30)
    run_rescore(rescore_id=rescore.pk, at=NOW, batch=1)
    Lead.objects.order_by("pk").first().activities.all().delete()
    run_rescore(rescore_id=rescore.pk, at=NOW, batch=5)
    assert values() == [30, 30, 30]


def test_a_second_publish_ends_the_first_re_score():
    live_rule_set(groups=(one_group(),))
    scored_lead("download")
    first = new_rules(points=30)
    second = new_rules(points=40)
    run_rescore(rescore_id=first.pk, at=NOW)
    run_rescore(rescore_id=second.pk, at=NOW)
    first.refresh_from_db()
    assert (first.done, first.finished_at, values()) == (0, NOW, [40])


def test_a_re_score_of_retired_rules_ends_without_work():
    live_rule_set(groups=(one_group(),))
    scored_lead("download")
    first = new_rules(points=30)
    new_rules(points=40)
    Rescore.objects.filter(pk=first.pk).update(finished_at=None)
    assert (run_rescore(rescore_id=first.pk, at=NOW).done, values()) == (0, [10])


def test_only_leads_that_reach_more_are_told_to_the_rooms_above(told):
    live_rule_set()
    good = scored_lead("price_sheet", company=make_company(employees=500, country="ES"))
    scored_lead("download")
    told.clear()
    draft_groups = (
        rules.Group(0, "All", "intent", 100, 0, 30, (rules.Rule(0, "p", 60, kind="price_sheet"),)),
    )
    live_rule_set(groups=draft_groups, thresholds=(rules.Threshold("mql", 0, 0, 60),))
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=NOW)
    assert told == [good.pk]


def test_a_failing_room_above_keeps_nobody_waiting(refuse):
    live_rule_set()
    poison, fine = scored_lead("price_sheet"), scored_lead("price_sheet")
    refuse.append(poison.pk)
    groups = (one_group("intent", "price_sheet", points=60),)
    live_rule_set(groups=groups, thresholds=(rules.Threshold("mql", 0, 0, 60),))
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=NOW)
    rows = Lead.objects.order_by("pk").values_list("pk", "intent", "score_error")
    assert list(rows) == [(poison.pk, 40, "RuntimeError: poison"), (fine.pk, 60, "")]


def test_a_failed_lead_is_told_again_after_an_hour(refuse, told):
    live_rule_set()
    lead = scored_lead("price_sheet")
    refuse.append(lead.pk)
    groups = (one_group("intent", "price_sheet", points=60),)
    live_rule_set(groups=groups, thresholds=(rules.Threshold("mql", 0, 0, 60),))
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=NOW)
    refuse.clear()
    told.clear()
    hour = NOW + timedelta(hours=1)
    early = [rescore_left_behind(at=NOW), rescore_due(at=hour - timedelta(seconds=1))]
    assert (early, rescore_due(at=hour), told, values("intent")) == ([0, 0], 1, [lead.pk], [60])


def test_leads_scored_by_older_rules_are_caught():
    older = live_rule_set(groups=(one_group(),))
    lead = scored_lead("download")
    run_rescore(rescore_id=new_rules(points=30).pk, at=NOW)
    Lead.objects.filter(pk=lead.pk).update(rule_set=older, interest=10)
    assert (rescore_left_behind(at=NOW), rescore_left_behind(at=NOW), values()) == (1, 0, [30])


def test_leads_never_scored_are_caught():
    live_rule_set(groups=(one_group(),))
    make_activity(make_lead())
    assert (rescore_left_behind(at=NOW), values()) == (1, [10])


def test_an_older_draft_published_later_catches_leads_too():
    """Ids of rule sets say nothing about their order of publishing."""
    lead = make_lead()
    newer = live_rule_set(groups=(one_group(points=30),))
    Lead.objects.filter(pk=lead.pk).update(rule_set=newer)
    make_activity(lead)
    agreed = (rules.Threshold("mql", 50, 0, 50),)
    drafts = [
        create_draft(actor=None, at=NOW, groups=(one_group(points=p),), thresholds=agreed) for p in (7, 8)
    ]
    for draft in reversed(drafts):
        publish(rule_set_id=draft.pk, actor=None, at=NOW)
        rescore_left_behind(at=NOW)
    assert values() == [7]


def test_nothing_happens_before_any_rules_are_live():
    make_activity(make_lead())
    assert (rescore_left_behind(at=NOW), rescore_due(at=NOW)) == (0, 0)


def test_jobs_leave_only_true_scores():
    live_rule_set()
    for kind in ("price_sheet", "download", "contact_request", "email_bounce"):
        scored_lead(kind, company=make_company(employees=500, country="ES"))
    make_activity(make_lead(), "webinar")
    new_rules(points=30, percent=20, days=1)
    run_rescore_task()
    rescore_due_task()
    assert (untrue(timezone.now()), Rescore.objects.filter(finished_at=None).count()) == ([], 0)
