"""Editing a draft piece by piece, what differs from the live rules, and going back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from leads.enums import RuleSetStatus
from leads.errors import InvalidValue, NotAllowed, StaleRules
from leads.models import Notification, Rescore, RuleGroup, RuleSet
from leads.rules import scoring as rules
from leads.rules.conditions import Condition
from leads.rules.versions import differences, fingerprint, line_changes
from leads.rules.wording import condition_words, group_words, rule_words, threshold_words
from leads.selectors.comparison import compare
from leads.selectors.rule_sets import compiled
from leads.selectors.rule_sets import live_rule_set as live_rules
from leads.services.drafts import create_draft, draft_from_live
from leads.services.editing import (
    discard_draft,
    move_group,
    move_rule,
    remove_group,
    remove_rule,
    save_group,
    save_rule,
    save_thresholds,
)
from leads.services.publishing import publish, publish_again
from leads.services.rescoring import run_rescore
from smarketing.accounts.enums import NotificationKind, Role
from smarketing.accounts.models import ConfigChange
from tests.accounts.factories import make_user

from .factories import NOW, live_rule_set, make_activity, make_lead, one_group

MQL = rules.Threshold("mql", 0, 50, 0)
LATER = NOW + timedelta(hours=1)
GUIDE = rules.Rule(0, "Guide", 10, kind="download")
SPAIN = rules.Rule(0, "Spain", 5, Condition("country", "eq", "ES"))
TWO = rules.Group(0, "Content", "interest", 50, 0, 30, (GUIDE, SPAIN))


def draft(*groups, thresholds=(MQL,)):
    return create_draft(actor=None, at=NOW, groups=groups or (TWO,), thresholds=thresholds)


def names(rule_set):
    return [(group.name, [rule.name for rule in group.rules]) for group in compiled(rule_set.pk).groups]


def pieces(rule_set):
    group = compiled(rule_set.pk).groups[0]
    return group, group.rules


def compared(made, *, user, sample=100):
    return compare(compiled(made.pk), live_rules(), user=user, at=LATER, sample=sample)


def by(actor=None):
    return {"actor": actor, "at": LATER}


@pytest.mark.django_db
def test_a_rule_is_changed_added_moved_and_removed():
    made = draft()
    group, (guide, spain) = pieces(made)
    place = {"rule_set_id": made.pk, "group_id": group.id}
    save_rule(**place, rule=replace(guide, points=20), seen=fingerprint(guide), **by())
    save_rule(**place, rule=rules.Rule(0, "Demo", 30, kind="demo_request"), seen="", **by())
    move_rule(**place, rule_id=spain.id, up=True, **by())
    assert [(rule.name, rule.points) for rule in pieces(made)[1]] == [
        ("Spain", 5),
        ("Guide", 20),
        ("Demo", 30),
    ]
    remove_rule(**place, rule_id=spain.id, seen=fingerprint(spain), **by())
    assert names(made) == [("Content", ["Guide", "Demo"])]


@pytest.mark.django_db
def test_a_group_is_made_changed_moved_and_removed():
    made = draft(TWO, one_group())
    first, second = compiled(made.pk).groups
    values = {"name": "Events", "cap": 30, "decay_percent": 25, "decay_days": 10}
    save_group(rule_set_id=made.pk, group_id=second.id, values=values, seen=fingerprint(second), **by())
    move_group(rule_set_id=made.pk, group_id=second.id, up=True, **by())
    save_group(
        rule_set_id=made.pk, group_id=None, values={"dimension": "fit", "name": "Size"}, seen="", **by()
    )
    remove_group(rule_set_id=made.pk, group_id=first.id, seen=fingerprint(first), **by())
    found = [(group.name, group.cap) for group in compiled(made.pk).groups]
    assert sorted(found) == [("Events", 30), ("Size", 100)]


@pytest.mark.django_db
def test_at_the_end_of_the_list_nothing_moves():
    made = draft()
    group, (guide, _spain) = pieces(made)
    move_rule(rule_set_id=made.pk, group_id=group.id, rule_id=guide.id, up=True, **by())
    assert names(made) == [("Content", ["Guide", "Spain"])]


@pytest.mark.django_db
def test_what_somebody_else_changed_is_not_overwritten():
    made = draft()
    group, (guide, spain) = pieces(made)
    place = {"rule_set_id": made.pk, "group_id": group.id}
    save_rule(**place, rule=replace(guide, points=20), seen=fingerprint(guide), **by())
    with pytest.raises(StaleRules):
        save_rule(**place, rule=replace(guide, points=30), seen=fingerprint(guide), **by())
    save_rule(**place, rule=replace(spain, points=7), seen=fingerprint(spain), **by())
    assert [rule.points for rule in pieces(made)[1]] == [20, 7]


@pytest.mark.django_db
def test_thresholds_are_replaced_unless_they_changed_meanwhile():
    made = draft()
    seen = fingerprint(compiled(made.pk).thresholds)
    wanted = (rules.Threshold("target", 30, 0, 0), MQL)
    save_thresholds(rule_set_id=made.pk, thresholds=wanted, seen=seen, **by())
    with pytest.raises(StaleRules):
        save_thresholds(rule_set_id=made.pk, thresholds=(MQL,), seen=seen, **by())
    assert compiled(made.pk).thresholds == wanted


@pytest.mark.django_db
def test_every_edit_is_told_with_its_author():
    made, author = draft(), make_user(Role.MARKETER)
    group, (guide, _spain) = pieces(made)
    save_rule(
        rule_set_id=made.pk, group_id=group.id, rule=replace(guide, points=20), seen=fingerprint(guide),
        **by(author),
    )  # fmt: skip
    told = ConfigChange.objects.get(actor=author)
    (change,) = told.changes
    assert (told.object_name, change["before"][0]["points"], change["after"][0]["points"]) == (
        "Content",
        10,
        20,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.SDR, Role.AE, Role.EXECUTIVE])
def test_who_may_not_draft(role):
    made = draft()
    with pytest.raises(NotAllowed):
        discard_draft(rule_set_id=made.pk, **by(make_user(role)))
    assert RuleSet.objects.count() == 1


@pytest.mark.django_db
def test_a_draft_is_thrown_away_but_not_what_was_published():
    live = live_rule_set(groups=(TWO,), thresholds=(MQL,))
    discard_draft(rule_set_id=draft().pk, **by(make_user(Role.MARKETER)))
    with pytest.raises(InvalidValue):
        discard_draft(rule_set_id=live.pk, **by())
    assert list(RuleSet.objects.all()) == [live]


@pytest.mark.django_db
def test_only_what_was_compared_is_published():
    made = draft()
    seen = fingerprint(compiled(made.pk))
    RuleGroup.objects.filter(rule_set=made).update(cap=5)
    with pytest.raises(StaleRules):
        publish(rule_set_id=made.pk, seen=seen, **by())
    publish(rule_set_id=made.pk, seen=fingerprint(compiled(made.pk)), **by())
    made.refresh_from_db()
    assert made.status == RuleSetStatus.LIVE


@pytest.mark.django_db
def test_an_old_version_goes_live_again_as_a_new_one():
    old = live_rule_set(groups=(TWO,), thresholds=(MQL,))
    publish(rule_set_id=draft(one_group()).pk, **by())
    made = publish_again(rule_set_id=old.pk, note="Back", **by(make_user(Role.MANAGER)))
    made.refresh_from_db()
    assert (made.version, made.status, differences(compiled(old.pk), compiled(made.pk))) == (3, "live", [])
    assert Rescore.objects.get(finished_at=None).rule_set == made


@pytest.mark.django_db
def test_only_what_counted_earlier_goes_live_again():
    with pytest.raises(InvalidValue):
        publish_again(rule_set_id=draft().pk, note="", **by())
    with pytest.raises(NotAllowed):
        publish_again(rule_set_id=draft().pk, note="", **by(make_user(Role.MARKETER)))


@pytest.mark.django_db
def test_people_are_told_of_new_rules_but_not_who_published_them():
    boss, rep, gone = make_user(Role.MANAGER), make_user(Role.SDR), make_user(Role.SDR, is_active=False)
    publish(rule_set_id=draft().pk, **by(boss))
    told = list(Notification.objects.values_list("user", "kind", "url"))
    assert (told, gone.pk in dict.fromkeys(row[0] for row in told)) == (
        [(rep.pk, NotificationKind.PUBLISHED, "/scoring/")],
        False,
    )


@pytest.mark.django_db
def test_nobody_is_told_what_the_system_installs():
    make_user(Role.SDR)
    live_rule_set()
    assert Notification.objects.count() == 0


@pytest.mark.django_db
def test_a_comparison_says_who_would_move_and_when():
    live_rule_set(groups=(one_group(kind="webinar", points=60),), thresholds=(MQL,))
    webinar, guide = make_lead(), make_lead(at=NOW - timedelta(weeks=3))
    make_activity(webinar, "webinar")
    make_activity(guide, "download", at=NOW - timedelta(weeks=2))
    run_rescore(rescore_id=Rescore.objects.get().pk, at=NOW)
    found = compared(draft(one_group(points=60)), user=make_user(Role.MARKETER))
    weeks = [(week.before, week.after) for week in found.weeks]
    assert (found.is_sample, dict(found.moves)) == (False, {("mql", "none"): 1, ("none", "mql"): 1})
    assert (weeks[-3:], sum(map(sum, weeks))) == ([(0, 1), (0, 0), (1, 0)], 2)
    shown = [(one.lead, one.was, one.will, [line.name for line in one.lines]) for one in found.samples]
    assert shown == [
        (guide, "none", "mql", ["download counts"]),
        (webinar, "mql", "none", ["webinar counts"]),
    ]


@pytest.mark.django_db
def test_a_comparison_shows_a_manager_only_the_leads_of_their_people():
    live_rule_set(groups=(one_group(kind="webinar", points=60),), thresholds=(MQL,))
    make_activity(make_lead(owner=make_user(Role.SDR)), "download")
    found = compared(draft(one_group(points=60)), user=make_user(Role.MANAGER))
    assert (found.found.become_mql, found.samples) == (1, [])


@pytest.mark.django_db
def test_a_sample_is_told_as_an_estimate_for_all():
    for _ in range(10):
        make_activity(make_lead(), "download")
    found = compared(draft(one_group(points=60)), user=make_user(Role.MARKETER), sample=5)
    assert (found.found.looked_at, found.estimate(found.found.become_mql)) == (5, 10)


def event(days, kind="download"):
    return rules.Event(kind, "", NOW + timedelta(days=days))


def rule_set(*groups, thresholds=(MQL,)):
    return rules.RuleSet(0, 1, groups, thresholds)


def test_differences_are_told_rule_by_rule():
    guide, spain = TWO.rules
    changed = replace(
        TWO, cap=40, rules=(spain, replace(guide, points=12), rules.Rule(0, "Call", 3, kind="call"))
    )
    found = differences(rule_set(TWO), rule_set(changed, thresholds=(rules.Threshold("mql", 10, 50, 0),)))
    assert [(one.what, one.before, one.after) for one in found] == [
        ("Group", "At most 50 points together. Points stay for good.",
         "At most 40 points together. Points stay for good."),
        ("Guide", "+10 · Content downloaded, once", "+12 · Content downloaded, once"),
        ("Call", "", "+3 · Call, once"),
        ("MQL", "interest at least 50", ""),
        ("MQL", "", "fit at least 10 and interest at least 50"),
    ]  # fmt: skip


def test_another_order_is_no_difference():
    assert differences(rule_set(TWO), rule_set(replace(TWO, rules=TWO.rules[::-1]))) == []


def test_a_copy_with_other_ids_is_no_difference():
    copy = replace(TWO, id=9, rules=tuple(replace(rule, id=7) for rule in TWO.rules))
    assert differences(rule_set(TWO), rule_set(copy)) == []


def test_lines_that_count_otherwise_are_told_the_largest_first():
    before = rules.score(rule_set(TWO), {"country": "ES"}, [event(0)], NOW)
    after = rules.score(rule_set(one_group(points=30)), {}, [event(0)], NOW)
    told = [(line.name, line.before, line.after) for line in line_changes(before, after)]
    assert told == [("download counts", 0, 30), ("Guide", 10, 0), ("Spain", 5, 0)]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (("company.employees", "gte", 200), "Employees of the company is at least 200"),
        (("seniority", "in", ["chief", "director"]),
         "Level of the contact is one of CEO or general manager or Director"),
        (("custom.plan", "filled"), "plan is filled in"),
    ],
)  # fmt: skip
def test_conditions_are_sentences(condition, words):
    assert condition_words(Condition(*condition)) == words


def test_rules_are_sentences():
    bounce = rules.Rule(0, "", -10, kind="email_bounce", max_times=0)
    paper = rules.Rule(0, "", 5, kind="download", asset="white paper", max_times=3)
    assert [rule_words(bounce), rule_words(paper)] == [
        "\u221210 · E-mail bounced, each time",
        "+5 · Content downloaded with “white paper” in its name, at most 3 times",
    ]
    fades = "At most 100 points together. Points fade: 25 % are lost every 30 days."
    assert group_words(one_group(percent=25)) == fades
    assert threshold_words(rules.Threshold("mql", 50, 30, 20)) == (
        "fit at least 50, interest at least 30 and intent at least 20"
    )


@pytest.mark.django_db
def test_a_draft_keeps_the_order_of_the_live_rules():
    live = live_rule_set(groups=(TWO,), thresholds=(MQL,))
    _group, (_guide, spain) = pieces(live)
    live.groups.get().rules.filter(pk=spain.id).update(position=0)
    assert names(draft_from_live(actor=None, at=LATER)) == [("Content", ["Spain", "Guide"])]
