"""New rules move leads forward in the funnel, and never back."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from funnel.models import Journey, StageChange
from leads.models import Lead, Merge, Rescore
from leads.rules import scoring as rules
from leads.selectors import explain
from leads.services.activities import record_activity
from leads.services.leads import create_lead, update_lead
from leads.services.merging import merge_leads, undo_merge
from leads.services.rescoring import rescore_due, rescore_left_behind, run_rescore
from tests.leads.factories import NOW, live_rule_set, one_group

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


def new_lead(number=1, at=NOW):
    return create_lead(values={"email": f"lead{number}@acme.example"}, actor=None, at=at)


def publish(points, least=50, at=NOW, **group):
    """Publish "a download is worth `points` interest, an MQL has `least`" and finish the re-score."""
    agreed = (rules.Threshold("mql", 0, least, 0),)
    live_rule_set(groups=(one_group(points=points, **group),), thresholds=agreed, at=at)
    finish(at)


def finish(at):
    for rescore_id in Rescore.objects.filter(finished_at=None).values_list("pk", flat=True):
        while run_rescore(rescore_id=rescore_id, at=at, batch=2).finished_at is None:
            pass


def download(lead, at=NOW):
    record_activity(lead=lead, kind="download", at=at, source="api")


def stages():
    return list(Journey.objects.filter(is_current=True).order_by("lead_id").values_list("stage", flat=True))


def test_rules_that_ask_for_less_make_mqls_of_known_leads():
    publish(10)
    download(new_lead(1))
    new_lead(2)
    publish(60)
    assert stages() == ["mql", "new_name"]


def test_the_move_carries_the_scores_that_caused_it():
    publish(10)
    download(new_lead())
    publish(60)
    assert StageChange.objects.filter(to_stage="mql").values_list("interest", "actor").get() == (60, None)


def test_rules_that_ask_for_more_move_nobody_back():
    publish(60)
    download(new_lead())
    publish(10)
    assert (stages(), Lead.objects.get().interest) == (["mql"], 10)


def test_decay_moves_nobody_back():
    publish(60, percent=50)
    download(new_lead())
    rescore_due(at=NOW + MONTH)
    assert (stages(), Lead.objects.get().interest) == (["mql"], 30)


steps = st.lists(
    st.tuples(
        st.sampled_from(["lead", "download", "edit", "merge", "undo", "publish", "wait"]), st.integers(0, 5)
    ),
    max_size=14,
)


class StoredScores(TestCase):
    """Whatever happens in whatever order: what is stored is what the events say."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps)
    def test_stored_scores_equal_a_recomputation(self, todo):
        publish(20, percent=10, days=7)
        at = NOW
        new_lead(0)
        for number, (what, pick) in enumerate(todo, start=1):
            at += timedelta(hours=5)
            do(what, pick, number, at)
        finish(at)
        rescore_due(at=at)
        rescore_left_behind(at=at)
        assert untrue(at) == []
        assert Lead.objects.current().count() == Journey.objects.filter(is_current=True).count()


def do(what, pick, number, at):
    leads = list(Lead.objects.current().order_by("pk"))
    lead, other = leads[pick % len(leads)], leads[(pick + 1) % len(leads)]
    if what == "lead":
        new_lead(number, at)
    elif what == "download":
        download(lead, at)
    elif what == "edit":
        update_lead(lead_id=lead.pk, changes={"first_name": f"Ana {number}"}, actor=None, at=at)
    elif what == "merge":
        if lead != other and not Lead.objects.filter(merged_into=other).exists():
            merge_leads(survivor_id=lead.pk, duplicate_id=other.pk, actor=None, at=at)
    elif what == "undo":
        if merge := Merge.objects.filter(undone_at=None).first():
            undo_merge(merge_id=merge.pk, actor=None, at=at)
    elif what == "publish":
        publish(10 * pick, percent=10, days=3, at=at)
    else:
        rescore_due(at=at)


def untrue(at):
    """Ids of leads whose stored scores differ from what their events and the live rules say."""
    return [
        lead.pk
        for lead in Lead.objects.current().select_related("company")
        if explain(lead, at).values != (lead.fit, lead.interest, lead.intent)
    ]
