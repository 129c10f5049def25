"""Publishing while leads come in: real threads, nobody keeps the scores of retired rules."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from leads.enums import ScoreCause
from leads.models import Lead, Rescore, RuleSet, ScoreChange
from leads.rules import scoring as rules
from leads.services.rescoring import rescore_left_behind, run_rescore
from leads.services.scoring import rescore_lead, score_lead

from .factories import NOW, live_rule_set, make_activity, make_lead, one_group

pytestmark = pytest.mark.django_db(transaction=True)
AGREED = (rules.Threshold("mql", 0, 90, 0),)


def publish(points):
    return live_rule_set(groups=(one_group(points=points),), thresholds=AGREED)


def in_thread(work):
    try:
        return work()
    finally:
        connection.close()


def finish_rescores():
    for rescore in Rescore.objects.filter(finished_at=None):
        while run_rescore(rescore_id=rescore.pk, at=NOW, batch=3).finished_at is None:
            pass


def test_a_lead_scored_in_the_moment_of_a_publish_is_caught():
    publish(10)
    scored, published = Event(), Event()

    def intake():
        with transaction.atomic():
            lead = make_lead()
            make_activity(lead)
            score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
            scored.set()
            assert published.wait(10)
        return lead.pk

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(in_thread, intake)
        assert scored.wait(10)
        live = publish(30)
        finish_rescores()
        published.set()
        lead_id = coming.result(10)
    before = Lead.objects.values_list("interest", flat=True).get(pk=lead_id)
    rescore_left_behind(at=NOW)
    after = Lead.objects.values_list("interest", "rule_set_id").get(pk=lead_id)
    assert (before, after) == (10, (30, live.pk))


def test_leads_coming_in_while_rules_are_published_again_and_again():
    publish(10)
    start = Barrier(4)

    def intake():
        start.wait()
        for _ in range(15):
            with transaction.atomic():
                lead = make_lead()
                make_activity(lead)
                score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)

    with ThreadPoolExecutor(3) as pool:
        coming = [pool.submit(in_thread, intake) for _ in range(3)]
        start.wait()
        for points in (20, 30, 40):
            publish(points)
            finish_rescores()
        for one in coming:
            one.result(30)
    rescore_left_behind(at=NOW)
    live = RuleSet.objects.get(status="live")
    assert list(Lead.objects.values_list("interest", "rule_set_id")) == [(40, live.pk)] * 45


def test_two_workers_share_a_re_score_without_doing_it_twice():
    publish(10)
    for _ in range(9):
        make_activity(make_lead())
    publish(30)
    rescore_id = Rescore.objects.get(finished_at=None).pk
    start = Barrier(2)

    def worker():
        start.wait()
        while run_rescore(rescore_id=rescore_id, at=NOW, batch=1).finished_at is None:
            pass

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(in_thread, worker) for _ in range(2)]:
            one.result(30)
    done = Rescore.objects.values_list("done", flat=True).get(pk=rescore_id)
    assert (done, ScoreChange.objects.count()) == (9, 9)


def test_two_events_at_once_both_count():
    publish(10)
    lead = make_lead()
    start = Barrier(2)

    def record():
        start.wait()
        with transaction.atomic():
            Lead.objects.select_for_update().get(pk=lead.pk)
            make_activity(lead)
            rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.ACTIVITY)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(in_thread, record) for _ in range(2)]:
            one.result(30)
    lead.refresh_from_db()
    assert lead.interest == 20
