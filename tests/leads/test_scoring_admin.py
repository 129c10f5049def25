"""Rule sets and personas in the admin: drafted, previewed, published, then only looked at."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from leads.enums import RuleSetStatus, ScoreCause
from leads.forms.scoring import AlternativesField, RuleForm
from leads.models import Merge, Persona, Rescore, RuleGroup, RuleSet
from leads.rules import scoring as rules
from leads.selectors.rule_sets import compiled
from leads.services.drafts import create_draft
from leads.services.merging import merge_leads
from leads.services.publishing import start_rescore
from leads.services.scoring import score_lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user

from .factories import NOW, live_rule_set, make_activity, make_lead, one_group

pytestmark = pytest.mark.django_db
MQL = rules.Threshold("mql", 0, 50, 0)


@pytest.fixture
def admin(client):
    client.force_login(make_user(Role.ADMIN))
    return client


def draft(points=60):
    return create_draft(actor=None, at=NOW, groups=(one_group(points=points),), thresholds=(MQL,))


def change(kind, pk):
    return reverse(f"admin:leads_{kind}_change", args=[pk])


def preview_of(rule_set):
    return reverse("admin:leads_ruleset_preview", args=[rule_set.pk])


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def rule_set_post(group, **of_group):
    threshold = group.rule_set.thresholds.get()
    return {
        "note": "Less for content",
        "groups-TOTAL_FORMS": 1,
        "groups-INITIAL_FORMS": 1,
        "groups-0-id": group.pk,
        "groups-0-rule_set": group.rule_set_id,
        "groups-0-dimension": group.dimension,
        "groups-0-name": group.name,
        "groups-0-cap": 40,
        "groups-0-decay_percent": 0,
        "groups-0-decay_days": 30,
        **of_group,
        "thresholds-TOTAL_FORMS": 1,
        "thresholds-INITIAL_FORMS": 1,
        "thresholds-0-id": threshold.pk,
        "thresholds-0-rule_set": group.rule_set_id,
        "thresholds-0-stage": "mql",
        "thresholds-0-min_fit": 0,
        "thresholds-0-min_interest": 50,
        "thresholds-0-min_intent": 0,
    }


def rule_post(group, **of_rule):
    rule = group.rules.get()
    return {
        "dimension": group.dimension,
        "name": group.name,
        "cap": group.cap,
        "decay_percent": 0,
        "decay_days": 30,
        "rules-TOTAL_FORMS": 1,
        "rules-INITIAL_FORMS": 1,
        "rules-0-id": rule.pk,
        "rules-0-group": group.pk,
        "rules-0-name": "Country",
        "rules-0-kind": "field",
        "rules-0-field": "country",
        "rules-0-operator": "in",
        "rules-0-value": "ES, PT",
        "rules-0-points": 5,
        "rules-0-max_times": 1,
        **of_rule,
    }


def test_adding_copies_the_live_rules(admin):
    live = live_rule_set()
    answer = admin.post(reverse("admin:leads_ruleset_add"), {"note": "For spring"})
    made = RuleSet.objects.get(status=RuleSetStatus.DRAFT)
    assert (answer.url, made.note) == (change("ruleset", made.pk), "For spring")
    assert len(compiled(made.pk).groups) == len(compiled(live.pk).groups)


def test_a_draft_is_edited(admin):
    group = RuleGroup.objects.get(rule_set=draft())
    answer = admin.post(change("ruleset", group.rule_set_id), rule_set_post(group))
    group.refresh_from_db()
    assert (answer.status_code, group.cap, group.rule_set.note) == (302, 40, "Less for content")


@pytest.mark.parametrize("status", [RuleSetStatus.LIVE, RuleSetStatus.RETIRED])
@pytest.mark.parametrize("kind", ["ruleset", "rulegroup"])
def test_what_was_published_is_shown_but_not_changed(admin, kind, status):
    wanted = draft()
    RuleSet.objects.filter(pk=wanted.pk).update(status=status)
    group = RuleGroup.objects.get(rule_set=wanted)
    target = change(kind, group.pk if kind == "rulegroup" else wanted.pk)
    data = rule_post(group) if kind == "rulegroup" else rule_set_post(group)
    assert (admin.get(target).status_code, admin.post(target, data).status_code) == (200, 403)


@pytest.mark.parametrize("kind", ["ruleset", "rulegroup"])
def test_what_was_published_is_not_deleted(admin, kind):
    live = live_rule_set()
    pk = live.pk if kind == "ruleset" else live.groups.first().pk
    answer = admin.post(reverse(f"admin:leads_{kind}_delete", args=[pk]), {"post": "yes"})
    assert (answer.status_code, live.groups.count() > 0) == (403, True)


def test_a_draft_published_meanwhile_is_not_edited(admin, monkeypatch):
    """The form was loaded while it was a draft; the lock finds out."""
    wanted = draft()
    group = RuleGroup.objects.get(rule_set=wanted)
    RuleSet.objects.filter(pk=wanted.pk).update(status=RuleSetStatus.LIVE)
    monkeypatch.setattr("leads.admin.rule_sets._is_draft", lambda obj: True)
    answer = admin.post(change("ruleset", wanted.pk), rule_set_post(group), follow=True)
    group.refresh_from_db()
    assert (group.cap, said(answer)) == (
        100,
        [f"Version {wanted.version} was published and never changes; start a new draft."],
    )


def test_rules_of_a_draft_are_edited_and_values_typed_with_commas(admin):
    group = RuleGroup.objects.get(rule_set=draft())
    answer = admin.post(change("rulegroup", group.pk), rule_post(group))
    rule = group.rules.get()
    assert (answer.url, rule.kind, rule.value) == (
        change("ruleset", group.rule_set_id),
        "field",
        ["ES", "PT"],
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"field": "shoe_size"}, "field"),
        ({"operator": ""}, "operator"),
        ({"value": ""}, "value"),
        ({"field": "company.employees", "operator": "gte", "value": "many"}, "value"),
        ({"kind": "activity", "activity_kind": ""}, "activity_kind"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_its_field(wrong, field):
    good = {"name": "n", "kind": "field", "field": "country", "operator": "eq", "value": "ES"}
    form = RuleForm({**good, "points": 5, "max_times": 1, **wrong})
    assert list(form.errors) == [field]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("ES", "ES"),
        ("ES, PT", ["ES", "PT"]),
        ("200", 200),
        ('["a, b", "c"]', ["a, b", "c"]),
        ("true", True),
        (" ", None),
    ],
)
def test_values_survive_being_shown_and_typed_again(typed, value):
    field = AlternativesField(required=False)
    assert field.to_python(typed) == value
    assert field.to_python(field.prepare_value(value)) == value


def scored(*kinds):
    lead = make_lead()
    for kind in kinds:
        make_activity(lead, kind)
    score_lead(lead=lead, at=NOW, cause=ScoreCause.CREATED, created=True)


def test_preview_says_what_would_change(admin):
    live_rule_set(groups=(one_group(kind="webinar", points=60),), thresholds=(MQL,))
    scored("webinar")
    scored("download")
    scored("download")
    text = " ".join(admin.get(preview_of(draft())).content.decode().split())
    assert "2 leads would become MQL, 1 would stop being MQL." in text


def test_publishing_from_the_preview(admin):
    wanted = draft()
    answer = admin.post(preview_of(wanted), follow=True)
    wanted.refresh_from_db()
    assert (wanted.status, said(answer)) == (
        RuleSetStatus.LIVE,
        [f"Version {wanted.version} is live. Every lead is being scored again."],
    )


def test_progress_is_shown_after_publishing(admin):
    live = live_rule_set()
    Rescore.objects.update(done=50, total=200)
    text = " ".join(admin.get(preview_of(live)).content.decode().split())
    assert "50 of 200 leads scored again." in text


@pytest.mark.parametrize("status", [RuleSetStatus.LIVE, RuleSetStatus.RETIRED])
def test_publishing_what_is_no_draft_is_refused(admin, status):
    wanted = draft()
    RuleSet.objects.filter(pk=wanted.pk).update(status=status)
    answer = admin.post(preview_of(wanted), follow=True)
    assert said(answer) == [f"Version {wanted.version} was published and never changes; start a new draft."]


def test_a_marketer_in_the_admin_previews_but_does_not_publish(client):
    client.force_login(make_user(Role.MARKETER, is_staff=True, is_superuser=True))
    wanted = draft()
    shown = client.get(preview_of(wanted)).content.decode()
    client.post(preview_of(wanted))
    wanted.refresh_from_db()
    assert ("Publish and score" in shown, wanted.status) == (False, RuleSetStatus.DRAFT)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_preview_is_for_people_of_the_admin(client, method):
    wanted = draft()
    client.force_login(make_user(Role.MANAGER))
    outside = getattr(client, method)(preview_of(wanted)).status_code
    client.force_login(make_user(Role.MANAGER, is_staff=True))
    without_permission = getattr(client, method)(preview_of(wanted)).status_code
    wanted.refresh_from_db()
    assert (outside, without_permission, wanted.status) == (302, 403, RuleSetStatus.DRAFT)


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (1, 3, 33), (3, 3, 99), (9, 3, 99)])
def test_a_re_score_is_complete_only_when_it_finished(done, total, percent):
    assert Rescore(done=done, total=total).percent == percent
    assert Rescore(done=done, total=total, finished_at=NOW).percent == 100


def test_a_wrong_criterion_of_a_persona_is_named(admin):
    data = {"name": "Boss", "criteria": '[{"field": "hat", "operator": "filled"}]', "position": 1}
    answer = admin.post(reverse("admin:leads_persona_add"), data)
    assert answer.context["adminform"].form.errors == {
        "criteria": ["conditions[0].field: Unknown field: hat"]
    }


def test_changing_a_persona_looks_at_everybody_again(admin):
    live = live_rule_set()
    Rescore.objects.update(finished_at=NOW)
    persona = Persona.objects.first()
    data = {"name": "Boss", "criteria": "[]", "position": 1, "is_active": "on"}
    admin.post(change("persona", persona.pk), data)
    assert Rescore.objects.get(finished_at=None).rule_set_id == live.pk


def test_a_persona_before_any_rules_are_live(admin):
    data = {"name": "Boss", "criteria": "[]", "position": 1}
    admin.post(reverse("admin:leads_persona_add"), data)
    assert (Persona.objects.count(), Rescore.objects.count()) == (1, 0)


def test_merges_are_undone_from_the_list(admin):
    made = merge_leads(survivor_id=make_lead().pk, duplicate_id=make_lead().pk, actor=None, at=NOW)
    Merge.objects.update(at=timezone.now())
    data = {"action": "undo", "_selected_action": [made.pk]}
    first = admin.post(reverse("admin:leads_merge_changelist"), data, follow=True)
    second = admin.post(reverse("admin:leads_merge_changelist"), data, follow=True)
    assert (said(first), said(second)) == (
        [f"{made} was undone."],
        [f"{made}: This merge was undone before."],
    )


@pytest.mark.parametrize(("kind", "queries"), [("ruleset", 6), ("rescore", 5), ("persona", 5), ("merge", 5)])
@pytest.mark.parametrize("size", [1, 3])
def test_lists_cost_the_same_at_any_length(admin, kind, queries, size, django_assert_num_queries):
    live_rule_set()
    for _ in range(size):
        draft()
        start_rescore(rule_set_id=draft().pk, at=NOW)
        merge_leads(survivor_id=make_lead().pk, duplicate_id=make_lead().pk, actor=None, at=NOW)
    with django_assert_num_queries(queries):
        answer = admin.get(reverse(f"admin:leads_{kind}_changelist"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("text", "value"), [("200", 200), ("ES, PT", ["ES", "PT"]), ("true", True), ("x", "x")]
)
def test_values_are_read_as_people_write_them(text: str, value: object):
    assert AlternativesField(max_length=20).clean(text) == value


@pytest.mark.parametrize("text", ["x" * 21, "[" + "1, " * 20 + "1]"])
def test_a_value_that_is_too_long_is_refused(text: str):
    with pytest.raises(ValidationError):
        AlternativesField(max_length=20).clean(text)
