"""The scoring editor in the browser: drafts, conflicts, the comparison, publishing, versions."""

from datetime import timedelta

import pytest
from django.urls import reverse

from leads.enums import RuleSetStatus
from leads.models import Rescore, Rule, RuleGroup, RuleSet
from leads.rules import scoring as rules
from leads.rules.conditions import Condition
from leads.rules.versions import fingerprint
from leads.selectors.rule_sets import compiled
from leads.services.drafts import create_draft
from leads.services.publishing import publish
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user

from .factories import NOW, live_rule_set, make_activity, make_lead, one_group

pytestmark = pytest.mark.django_db
MQL = rules.Threshold("mql", 0, 50, 0)
BOUND = {"name": "Spain", "field": "country", "operator": "in", "value": "ES, PT", "points": "5"}


@pytest.fixture
def boss(client):
    client.force_login(make_user(Role.MANAGER))
    return client


def make_draft(*groups):
    return create_draft(actor=None, at=NOW, groups=groups or (one_group(),), thresholds=(MQL,))


def address(name, *args):
    return reverse(f"leads:scoring{name}", args=args)


def words(answer):
    return " ".join(answer.content.decode().split())


def errors(answer):
    return answer.context["form"].errors


def group_of(draft):
    return compiled(draft.pk).groups[0]


def test_the_rules_in_force_are_read_as_sentences(client):
    live_rule_set()
    client.force_login(make_user(Role.SDR))
    text = words(client.get(address("")))
    assert "Employees of the company is at least 200" in text
    assert "fit at least 30 and intent at least 70" in text
    assert "Points fade: 25 % are lost every 30 days." in text


def test_without_rules_the_page_teaches(client):
    client.force_login(make_user(Role.MARKETER))
    assert "No rules count yet" in words(client.get(address("")))


def test_a_draft_is_begun_with_a_copy(boss):
    live = live_rule_set()
    answer = boss.post(address("-new-draft"))
    draft = RuleSet.objects.get(status=RuleSetStatus.DRAFT)
    assert (answer.url, Rule.objects.filter(group__rule_set=draft).count()) == (
        address("-version", draft.pk),
        Rule.objects.filter(group__rule_set=live).count(),
    )
    assert "Nothing: the same rules and thresholds." in words(boss.get(answer.url))


def test_a_rule_on_a_field_is_added(boss):
    draft = make_draft()
    place = address("-new-rule", draft.pk, group_of(draft).id, "field")
    answer = boss.post(place, {**BOUND, "seen": ""})
    rule = group_of(draft).rules[-1]
    assert (answer.url, rule.condition) == (
        address("-version", draft.pk),
        Condition("country", "in", ["ES", "PT"]),
    )


def test_a_rule_without_a_name_is_called_what_it_says(boss):
    draft = make_draft()
    place = address("-new-rule", draft.pk, group_of(draft).id, "activity")
    boss.post(place, {"activity_kind": "webinar", "points": "15", "max_times": "2"})
    assert [rule.name for rule in group_of(draft).rules][1:] == ["Webinar attended, at most 2 times"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"field": ""}, "field"),
        ({"field": "shoe_size"}, "field"),
        ({"operator": "gte"}, "operator"),
        ({"value": ""}, "value"),
        ({"field": "company.employees", "operator": "gte", "value": "many"}, "value"),
        ({"field": "seniority", "value": ["king"]}, "value"),
        ({"field": "custom", "operator": "filled"}, "custom_name"),
        ({"points": "0"}, "points"),
        ({"points": "5000"}, "points"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_its_field(boss, wrong, field):
    draft = make_draft()
    answer = boss.post(address("-new-rule", draft.pk, group_of(draft).id, "field"), BOUND | wrong)
    assert (answer.status_code, list(errors(answer)), Rule.objects.count()) == (422, [field], 1)


def test_choosing_another_field_offers_what_fits_it_and_stores_nothing(boss):
    draft = make_draft()
    place = address("-new-rule", draft.pk, group_of(draft).id, "field")
    answer = boss.post(place, {**BOUND, "field": "seniority", "ask": "1"})
    form = answer.context["form"]
    assert ([name for name, _label in form.fields["value"].widget.choices], form["points"].value()) == (
        ["chief", "director", "manager", "specialist", "student"],
        "5",
    )
    assert (answer.status_code, Rule.objects.count()) == (200, 1)


def test_levels_are_ticked(boss):
    draft = make_draft()
    place = address("-new-rule", draft.pk, group_of(draft).id, "field")
    boss.post(place, {**BOUND, "field": "seniority", "value": ["chief", "director"]})
    rule = group_of(draft).rules[-1]
    shown = words(boss.get(address("-rule", draft.pk, rule.id)))
    assert (rule.condition.value, shown.count("checked")) == (["chief", "director"], 2)


def test_somebody_was_faster_with_a_rule(boss):
    """Both versions are on the page; sent again it is done on purpose."""
    draft = make_draft()
    rule = group_of(draft).rules[0]
    place = address("-rule", draft.pk, rule.id)
    typed = {"name": "Mine", "activity_kind": "download", "points": "7", "max_times": "0"}
    Rule.objects.update(points=20)
    answer = boss.post(place, {**typed, "seen": fingerprint(rule)})
    assert (answer.status_code, group_of(draft).rules[0].points) == (409, 20)
    assert ("+20 · Content downloaded, each time" in words(answer), 'value="Mine"' in words(answer)) == (
        True,
        True,
    )
    boss.post(place, {**typed, "seen": answer.context["form"]["seen"].value()})
    assert group_of(draft).rules[0].name == "Mine"


@pytest.mark.parametrize("gone", ["removed", "published"])
def test_what_was_typed_for_something_gone_is_shown(boss, gone):
    draft = make_draft()
    rule = group_of(draft).rules[0]
    if gone == "removed":
        Rule.objects.all().delete()
    else:
        publish(rule_set_id=draft.pk, actor=None, at=NOW)
    place = address("-rule", draft.pk, rule.id)
    answer = boss.post(place, {"name": "Mine", "seen": fingerprint(rule)})
    assert (answer.status_code, answer.context["typed"]) == (409, [("name", "Mine")])
    assert boss.get(place).status_code == 404


def test_groups_and_rules_are_moved_and_removed(boss):
    draft = make_draft(one_group(), one_group(kind="webinar"))
    first, second = compiled(draft.pk).groups
    boss.post(address("-group-up", draft.pk, second.id))
    assert [group.id for group in compiled(draft.pk).groups] == [second.id, first.id]
    boss.post(address("-group-remove", draft.pk, second.id), {"seen": fingerprint(second)})
    boss.post(address("-rule-remove", draft.pk, first.rules[0].id), {"seen": fingerprint(first.rules[0])})
    assert [(group.id, group.rules) for group in compiled(draft.pk).groups] == [(first.id, ())]


def test_fit_is_not_asked_how_it_fades(boss):
    draft = make_draft()
    place = address("-new-group", draft.pk, "fit")
    assert "decay_percent" not in boss.get(place).context["form"].fields
    boss.post(place, {"name": "Size", "cap": "40"})
    assert RuleGroup.objects.get(dimension="fit").decay_percent == 0


def thresholds(*rows, seen):
    posted = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0, "seen": seen}
    for place, (stage, fit, interest, intent) in enumerate(rows):
        values = {"stage": stage, "min_fit": fit, "min_interest": interest, "min_intent": intent}
        posted |= {f"form-{place}-{name}": value for name, value in values.items()}
    return posted


def test_thresholds_are_edited(boss):
    draft = make_draft()
    seen = fingerprint(compiled(draft.pk).thresholds)
    place = address("-thresholds", draft.pk)
    rows = (("mql", 30, "", 70), ("target", 30, 10, ""), ("target", "", "", ""))
    boss.post(place, thresholds(*rows, seen=seen))
    now = (rules.Threshold("mql", 30, 0, 70), rules.Threshold("target", 30, 10, 0))
    assert compiled(draft.pk).thresholds == now
    stale = boss.post(place, thresholds(("mql", 1, 1, 1), seen=seen))
    assert (stale.status_code, compiled(draft.pk).thresholds) == (409, now)


def test_without_an_mql_threshold_nothing_is_saved(boss):
    draft = make_draft()
    rows = thresholds(("target", 30, "", ""), seen=fingerprint(compiled(draft.pk).thresholds))
    answer = boss.post(address("-thresholds", draft.pk), rows)
    assert (answer.status_code, compiled(draft.pk).thresholds) == (422, (MQL,))


def test_the_note_is_kept_and_a_draft_thrown_away(boss):
    draft = make_draft()
    boss.post(address("-note", draft.pk), {"note": "More for guides"})
    assert RuleSet.objects.get().note == "More for guides"
    assert boss.post(address("-discard", draft.pk)).url == address("")
    assert RuleSet.objects.count() == 0


def scored_world():
    live_rule_set(groups=(one_group(kind="webinar", points=60),), thresholds=(MQL,))
    make_activity(make_lead(first_name="Ana"), "download")
    return make_draft(one_group(points=60))


def test_the_comparison_counts_and_shows_leads_with_what_differs(boss):
    draft = scored_world()
    text = words(boss.get(address("-compare", draft.pk)))
    assert "1 lead would become MQL, 0 would stop being MQL." in text
    assert "Counted over the one lead there is." in text
    assert "download counts: +0 → <strong>+60</strong>" in text
    assert "webinar counts" in text  # as a difference of the rules


def test_a_large_database_is_sampled_and_the_page_says_so(boss, monkeypatch):
    monkeypatch.setattr("leads.views.comparing.FEW", 2)
    draft = scored_world()
    for _ in range(3):
        make_activity(make_lead(), "download")
    text = words(boss.get(address("-compare", draft.pk)))
    assert "Looked at 2 leads, spread evenly over all 4; numbers are estimated from them." in text
    assert "About 4 leads would become MQL" in text
    assert "Counted over all 4 leads." in words(boss.get(address("-compare", draft.pk) + "?more=1"))


def test_publishing_what_was_compared(boss):
    draft = scored_world()
    seen = boss.get(address("-compare", draft.pk)).context["seen"]
    answer = boss.post(address("-publish", draft.pk), {"seen": seen}, follow=True)
    draft.refresh_from_db()
    assert (draft.status, Rescore.objects.get(finished_at=None).rule_set) == (RuleSetStatus.LIVE, draft)
    assert "0 of 1 leads" in words(answer)


def test_a_draft_that_changed_since_is_not_published(boss):
    draft = scored_world()
    seen = boss.get(address("-compare", draft.pk)).context["seen"]
    RuleGroup.objects.filter(rule_set=draft).update(cap=10)
    answer = boss.post(address("-publish", draft.pk), {"seen": seen})
    draft.refresh_from_db()
    assert (answer.status_code, draft.status) == (409, RuleSetStatus.DRAFT)
    assert "Somebody changed the draft since you compared it." in words(answer)


def test_a_marketer_drafts_and_compares_but_does_not_publish(client):
    client.force_login(make_user(Role.MARKETER))
    draft = scored_world()
    assert "Managers and administrators publish scoring rules." in words(
        client.get(address("-compare", draft.pk))
    )
    assert client.post(address("-publish", draft.pk)).status_code == 403


def test_versions_tell_what_they_changed_and_are_published_again(boss):
    old = live_rule_set(groups=(one_group(points=10),), thresholds=(MQL,))
    publish(rule_set_id=make_draft(one_group(points=30)).pk, actor=None, at=NOW + timedelta(days=1))
    newer = RuleSet.objects.get(status=RuleSetStatus.LIVE)
    told = boss.get(address("-version", newer.pk)).context["differences"]
    assert [(one.before, one.after) for one in told] == [
        ("+10 · Content downloaded, each time", "+30 · Content downloaded, each time")
    ]
    assert boss.get(address("-again", newer.pk)).status_code == 404
    assert "+10 · Content downloaded" in words(boss.get(address("-again", old.pk)))
    boss.post(address("-again", old.pk))
    live = RuleSet.objects.get(status=RuleSetStatus.LIVE)
    assert (live.version, live.note, compiled(live.pk).groups[0].rules[0].points) == (
        3,
        "Version 1 again",
        10,
    )
    assert "Version 2" in words(boss.get(address("-versions")))


def test_progress_is_asked_for_until_it_is_finished(boss):
    live_rule_set()
    running = words(boss.get(address("-progress")))
    Rescore.objects.update(finished_at=NOW)
    assert ["every 3s" in text for text in (running, words(boss.get(address("-progress"))))] == [True, False]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"), [("", 7), ("-versions", 4), ("-version", 8), ("-rule", 7), ("-compare", 17)]
)
def test_pages_cost_the_same_at_any_length(boss, name, queries, size, django_assert_num_queries):
    live_rule_set()
    draft = make_draft(*(one_group(kind=kind, points=20) for kind in ("download", "webinar", "call")[:size]))
    for _ in range(size):
        publish(rule_set_id=make_draft().pk, actor=None, at=NOW)
        make_activity(make_lead(), "download")
    args = {"": (), "-versions": (), "-rule": (draft.pk, group_of(draft).rules[0].id)}.get(name, (draft.pk,))
    boss.get(address(""))  # the live rules are compiled once per process
    with django_assert_num_queries(queries):
        assert boss.get(address(name, *args)).status_code == 200


def test_of_many_leads_the_page_fetches_the_numbers_after_itself(boss, monkeypatch):
    monkeypatch.setattr("leads.views.comparing.AT_ONCE", 1)
    for _ in range(2):
        make_lead()
    draft = make_draft()
    page = boss.get(address("-compare", draft.pk))
    part = boss.get(address("-compare", draft.pk) + "?look=1", headers={"HX-Request": "true"})
    alone = boss.get(address("-compare", draft.pk) + "?look=1")
    assert ["Counted over all 2 leads." in words(answer) for answer in (page, part, alone)] == [
        False,
        True,
        True,
    ]
    assert [b"<html" in answer.content for answer in (page, part, alone)] == [True, False, True]
    assert b'?look=1" hx-trigger="load"' in page.content
