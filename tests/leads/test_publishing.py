"""Drafting, previewing and publishing scoring rules."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from leads.enums import RuleSetStatus, ScoreCause
from leads.errors import InvalidValue, NotAllowed
from leads.models import Lead, Rescore, Rule, RuleGroup, RuleSet
from leads.rules import scoring as rules
from leads.rules.conditions import Condition
from leads.selectors.preview import preview
from leads.selectors.rule_sets import compiled
from leads.services.drafts import create_draft, draft_from_live, lock_draft
from leads.services.publishing import publish
from leads.services.rescoring import run_rescore
from leads.services.scoring import score_lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user

from .factories import NOW, live_rule_set, make_activity, make_company, make_lead, one_group

pytestmark = pytest.mark.django_db
MQL = rules.Threshold("mql", 0, 50, 0)


def draft(*groups, thresholds=(MQL,)):
    return create_draft(actor=None, at=NOW, groups=groups or (one_group(),), thresholds=thresholds)


def statuses():
    return list(RuleSet.objects.order_by("version").values_list("status", flat=True))


def without_ids(rule_set):
    groups = [
        replace(group, id=0, rules=tuple(replace(rule, id=0) for rule in group.rules))
        for group in rule_set.groups
    ]
    return groups, rule_set.thresholds


def test_drafts_are_numbered_one_after_the_other():
    assert [draft().version, draft().version] == [1, 2]


def test_a_draft_begins_as_a_copy_of_the_live_rules():
    live = live_rule_set()
    copy = draft_from_live(actor=None, at=NOW)
    assert (copy.status, without_ids(compiled(copy.pk))) == ("draft", without_ids(compiled(live.pk)))


def test_a_draft_before_the_first_publish_is_empty():
    assert compiled(draft_from_live(actor=None, at=NOW).pk).groups == ()


def test_publishing_retires_the_old_rules():
    live_rule_set()
    publish(rule_set_id=draft().pk, actor=None, at=NOW)
    assert statuses() == [RuleSetStatus.RETIRED, RuleSetStatus.LIVE]


def test_publishing_notes_who_and_when():
    boss = make_user(Role.MANAGER)
    wanted = draft()
    publish(rule_set_id=wanted.pk, actor=boss, at=NOW)
    wanted.refresh_from_db()
    assert (wanted.published_by, wanted.published_at) == (boss, NOW)


def test_publishing_begins_a_re_score_of_every_lead_that_counts():
    lead = make_lead()
    make_lead(merged_into=lead)
    rescore = publish(rule_set_id=draft().pk, actor=None, at=NOW)
    assert (rescore.total, rescore.done, rescore.finished_at) == (1, 0, None)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_who_may_publish(role):
    publish(rule_set_id=draft().pk, actor=make_user(role), at=NOW)
    assert statuses() == [RuleSetStatus.LIVE]


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE])
def test_who_may_not_publish(role):
    with pytest.raises(NotAllowed):
        publish(rule_set_id=draft().pk, actor=make_user(role), at=NOW)
    assert statuses() == [RuleSetStatus.DRAFT]


def test_somebody_who_left_may_not_publish():
    with pytest.raises(NotAllowed):
        publish(rule_set_id=draft().pk, actor=make_user(Role.ADMIN, is_active=False), at=NOW)


@pytest.mark.parametrize("status", [RuleSetStatus.LIVE, RuleSetStatus.RETIRED])
def test_only_a_draft_is_published(status):
    wanted = draft()
    RuleSet.objects.filter(pk=wanted.pk).update(status=status)
    with pytest.raises(InvalidValue):
        publish(rule_set_id=wanted.pk, actor=None, at=NOW)


@pytest.mark.parametrize("status", [RuleSetStatus.LIVE, RuleSetStatus.RETIRED])
def test_what_was_published_cannot_be_edited(status):
    wanted = draft()
    RuleSet.objects.filter(pk=wanted.pk).update(status=status)
    with pytest.raises(InvalidValue):
        lock_draft(rule_set_id=wanted.pk)


def test_rules_without_an_mql_threshold_are_refused():
    with pytest.raises(InvalidValue) as refused:
        publish(rule_set_id=draft(thresholds=()).pk, actor=None, at=NOW)
    assert refused.value.field == "thresholds"


def test_a_threshold_that_everybody_passes_is_refused():
    with pytest.raises(InvalidValue):
        publish(rule_set_id=draft(thresholds=(rules.Threshold("mql", 0, 0, 0),)).pk, actor=None, at=NOW)


def test_a_rule_that_cannot_be_evaluated_is_refused_by_name():
    broken = rules.Rule(0, "Large", 10, condition=Condition("company.employees", "gte", "many"))
    group = rules.Group(0, "Size", "fit", 100, 0, 30, (broken,))
    with pytest.raises(InvalidValue) as refused:
        publish(rule_set_id=draft(group).pk, actor=None, at=NOW)
    assert refused.value.field == "Size / Large.value"


def test_two_live_sets_are_impossible():
    live_rule_set()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=draft().pk).update(status=RuleSetStatus.LIVE)


def test_a_cache_never_serves_an_edited_draft():
    wanted = draft()
    compiled(wanted.pk)
    Rule.objects.filter(group__rule_set=wanted).update(points=42)
    assert compiled(wanted.pk).groups[0].rules[0].points == 42


def scored(*kinds, **fields):
    lead = make_lead(**fields)
    for kind in kinds:
        make_activity(lead, kind)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)
    return lead


def test_preview_counts_who_becomes_and_who_stops_being_mql():
    live_rule_set(groups=(one_group(points=60),), thresholds=(MQL,))
    scored("download")
    scored("download")
    scored("webinar")
    scored("social")
    wanted = draft(one_group(kind="webinar", points=50))
    found = preview(wanted.pk, NOW)
    assert (found.total, found.looked_at, found.become_mql, found.stop_mql) == (4, 4, 1, 2)


def test_preview_tells_targets_apart_from_mql():
    target = rules.Threshold("target", 0, 20, 0)
    live_rule_set(groups=(one_group(points=60),), thresholds=(MQL, target))
    scored("download")
    scored("webinar")
    groups = (one_group(points=20), one_group(kind="webinar", points=20))
    found = preview(draft(*groups, thresholds=(MQL, target)).pk, NOW)
    assert (found.become_target, found.stop_target, found.stop_mql, found.become_mql) == (1, 0, 1, 0)


def test_preview_shows_the_distribution_before_and_after():
    live_rule_set(groups=(one_group(points=60),), thresholds=(MQL,))
    scored("download")
    scored("social")
    found = preview(draft(one_group(points=100)).pk, NOW)
    assert (found.bands_before["interest"], found.bands_after["interest"]) == (
        [1, 0, 0, 1, 0],
        [1, 0, 0, 0, 1],
    )
    assert (dict(found.grades_before), dict(found.grades_after)) == ({"C1": 1, "C3": 1}, {"C1": 1, "C3": 1})


def test_preview_stores_nothing():
    live_rule_set(groups=(one_group(points=60),), thresholds=(MQL,))
    lead = scored("download")
    preview(draft(one_group(points=5)).pk, NOW)
    assert Lead.objects.values_list("interest", flat=True).get(pk=lead.pk) == 60


def test_what_preview_says_is_what_publishing_does():
    live_rule_set()
    company = make_company(employees=500, country="ES")
    for kind in ("price_sheet", "download", "demo_request", "webinar"):
        scored(kind, company=company, job_title="CEO")
        scored(kind)
    wanted = draft(one_group("intent", "webinar", points=90), thresholds=(rules.Threshold("mql", 0, 0, 90),))
    foreseen = preview(wanted.pk, NOW)
    was = mqls()
    publish(rule_set_id=wanted.pk, actor=None, at=NOW)
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=NOW)
    now = mqls()
    assert (foreseen.become_mql, foreseen.stop_mql) == (len(now - was), len(was - now)) == (2, 2)


def mqls():
    rule_set = compiled(RuleSet.objects.get(status="live").pk)
    rows = Lead.objects.values_list("pk", "fit", "interest", "intent")
    return {row[0] for row in rows if rules.qualifies(rule_set.thresholds, row[1:]) == "mql"}


def test_a_sample_looks_at_fewer_leads():
    live_rule_set(groups=(one_group(),))
    for _ in range(10):
        scored()
    found = preview(draft().pk, NOW, sample=5)
    assert (found.total, found.looked_at) == (10, 5)


def test_preview_costs_two_queries_a_batch(django_assert_num_queries):
    live_rule_set(groups=(one_group(),))
    for _ in range(3):
        scored("download")
    wanted = draft()
    with django_assert_num_queries(4 + 1 + 1 + 2 + 1):  # draft, live, count, leads and events, end
        preview(wanted.pk, NOW)


def test_groups_and_rules_are_read_in_two_queries(django_assert_num_queries):
    live = live_rule_set()
    assert RuleGroup.objects.filter(rule_set=live).count() > 3
    with django_assert_num_queries(4):
        compiled(live.pk)
