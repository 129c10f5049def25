"""Merging two leads and taking it back."""

from datetime import timedelta

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.enums import ScoreCause
from leads.errors import InvalidValue, NotAllowed
from leads.models import Activity, Form, Lead, Merge, ScoreChange, Submission
from leads.services.merging import merge_leads, undo_merge
from leads.services.scoring import rescore_lead
from leads.signals import lead_scored, leads_merged, merge_undone
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user

from .factories import NOW, live_rule_set, make_activity, make_company, make_lead, one_group

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def merge(survivor, duplicate, actor=None, at=NOW):
    return merge_leads(survivor_id=survivor.pk, duplicate_id=duplicate.pk, actor=actor, at=at)


def fields(lead, *names):
    return Lead.objects.filter(pk=lead.pk).values_list(*names).get()


def pair(**of_duplicate):
    return make_lead(), make_lead(**of_duplicate)


@pytest.fixture
def told():
    """Which signals were sent for which lead, in order."""
    heard = []
    listeners = {
        lead_scored: lambda lead, **said: heard.append(("scored", lead.pk)),
        leads_merged: lambda merge, **said: heard.append(("merged", merge.duplicate_id)),
        merge_undone: lambda merge, **said: heard.append(("undone", merge.duplicate_id)),
    }
    for signal, listen in listeners.items():
        signal.connect(listen)
    yield heard
    for signal, listen in listeners.items():
        signal.disconnect(listen)


def test_the_duplicate_becomes_a_tombstone():
    survivor, duplicate = pair()
    merge(survivor, duplicate)
    assert (fields(duplicate, "merged_into", "score_due_at"), list(Lead.objects.current())) == (
        (survivor.pk, None),
        [survivor],
    )


def test_events_of_both_are_kept_and_know_where_they_came_from():
    survivor, duplicate = pair()
    mine, theirs = make_activity(survivor), make_activity(duplicate)
    merge(survivor, duplicate)
    rows = Activity.objects.order_by("pk").values_list("pk", "lead", "origin_lead")
    assert list(rows) == [(mine.pk, survivor.pk, None), (theirs.pk, survivor.pk, duplicate.pk)]


def test_scores_come_from_the_union_and_are_not_added_up():
    live_rule_set(groups=(one_group(points=10, cap=15),))
    survivor, duplicate = pair()
    for lead in (survivor, duplicate):
        make_activity(lead)
        rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.ACTIVITY)
    merge(survivor, duplicate)
    assert fields(survivor, "interest") == (15,)


def test_the_ledger_says_that_a_merge_changed_the_scores():
    live_rule_set(groups=(one_group(),))
    survivor, duplicate = pair()
    make_activity(duplicate)
    merge(survivor, duplicate)
    assert ScoreChange.objects.values_list("lead", "cause").get() == (survivor.pk, "merged")


def test_only_blanks_are_filled():
    company = make_company()
    survivor = make_lead(first_name="Ana", custom={"plan": "pro"})
    duplicate = make_lead(
        first_name="Anna", last_name="Ruiz", company=company, custom={"plan": "free", "seats": "5"}
    )
    merge(survivor, duplicate)
    assert fields(survivor, "first_name", "last_name", "company", "custom") == (
        "Ana",
        "Ruiz",
        company.pk,
        {"plan": "pro", "seats": "5"},
    )


def test_a_company_that_is_taken_over_counts_for_fit():
    live_rule_set()
    survivor, duplicate = pair(company=make_company(employees=500))
    merge(survivor, duplicate)
    assert fields(survivor, "fit") == (30,)


def test_consent_keeps_the_version_it_was_given_for():
    survivor = make_lead(consent_at=NOW, consent_version="")
    merge(survivor, make_lead(consent_at=LATER, consent_version="v2"))
    assert fields(survivor, "consent_at", "consent_version") == (NOW, "")


def test_first_and_last_interaction_are_those_of_both():
    survivor = make_lead(engaged_at=NOW, last_meaningful_at=NOW)
    early, late = NOW - timedelta(days=3), NOW + timedelta(days=3)
    merge(survivor, make_lead(engaged_at=early, last_meaningful_at=late))
    assert fields(survivor, "engaged_at", "last_meaningful_at") == (early, late)


def test_submissions_follow():
    survivor, duplicate = pair()
    form = Form.objects.create(name="Form", created_at=NOW)
    Submission.objects.create(form=form, received_at=NOW, payload={}, fingerprint="x", lead=duplicate)
    made = merge(survivor, duplicate)
    merged = Submission.objects.get().lead_id
    undo_merge(merge_id=made.pk, actor=None, at=LATER)
    assert (merged, Submission.objects.get().lead_id) == (survivor.pk, duplicate.pk)


def test_rooms_above_let_go_of_the_duplicate_before_the_survivor_is_scored(told):
    survivor, duplicate = pair()
    made = merge(survivor, duplicate)
    assert told == [("merged", duplicate.pk), ("scored", survivor.pk)]
    told.clear()
    undo_merge(merge_id=made.pk, actor=None, at=LATER)
    assert told == [("undone", duplicate.pk), ("scored", survivor.pk), ("scored", duplicate.pk)]


def test_a_lead_is_not_merged_with_itself():
    lead = make_lead()
    with pytest.raises(InvalidValue):
        merge(lead, lead)


@pytest.mark.parametrize("place", ["survivor", "duplicate"])
def test_a_merged_lead_is_not_merged_again(place):
    gone, other = make_lead(merged_into=make_lead()), make_lead()
    with pytest.raises(InvalidValue) as refused:
        merge(*((gone, other) if place == "survivor" else (other, gone)))
    assert refused.value.field == place


def test_chains_are_refused():
    kept, gone = pair()
    merge(kept, gone)
    with pytest.raises(InvalidValue) as refused:
        merge(make_lead(), kept)
    assert refused.value.field == "duplicate"


def test_one_lead_takes_over_several():
    survivor, first = pair()
    second = make_lead()
    for duplicate in (first, second):
        make_activity(duplicate)
        merge(survivor, duplicate)
    assert Activity.objects.filter(lead=survivor).count() == 2


def test_a_lead_that_does_not_exist():
    with pytest.raises(Lead.DoesNotExist):
        merge_leads(survivor_id=make_lead().pk, duplicate_id=999_999_999, actor=None, at=NOW)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.MANAGER, Role.ADMIN])
def test_who_may_merge(role):
    survivor, duplicate = pair()
    assert merge(survivor, duplicate, make_user(role)).survivor_id == survivor.pk


@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
def test_a_rep_merges_leads_of_their_own(role):
    rep = make_user(role)
    assert merge(make_lead(owner=rep), make_lead(owner=rep), rep).actor == rep


@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
def test_a_rep_does_not_take_over_a_colleagues_lead(role):
    rep, colleague = make_user(role), make_user(role)
    with pytest.raises(NotAllowed):
        merge(make_lead(owner=rep), make_lead(owner=colleague), rep)


def test_the_ceo_reads_but_does_not_merge():
    with pytest.raises(NotAllowed):
        merge(*pair(), make_user(Role.EXECUTIVE))


def test_undo_asks_for_the_same_rights():
    made = merge(*pair())
    with pytest.raises(NotAllowed):
        undo_merge(merge_id=made.pk, actor=make_user(Role.SDR), at=LATER)


def test_a_merge_is_undone_once():
    made = merge(*pair())
    undo_merge(merge_id=made.pk, actor=None, at=LATER)
    with pytest.raises(InvalidValue):
        undo_merge(merge_id=made.pk, actor=None, at=LATER)


@pytest.mark.parametrize(("late", "refused"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_undo_is_possible_for_thirty_days(late, refused):
    made, at = merge(*pair()), NOW + timedelta(days=30) + late
    if refused:
        with pytest.raises(InvalidValue):
            undo_merge(merge_id=made.pk, actor=None, at=at)
    else:
        assert undo_merge(merge_id=made.pk, actor=None, at=at).undone_at == at


def test_what_happened_since_stays_with_the_survivor():
    survivor, duplicate = pair(phone="600111222", job_title="CEO")
    made = merge(survivor, duplicate)
    since = make_activity(survivor)
    Lead.objects.filter(pk=survivor.pk).update(phone="600999888")
    undo_merge(merge_id=made.pk, actor=None, at=LATER)
    assert (fields(survivor, "phone", "job_title"), Activity.objects.get(pk=since.pk).lead_id) == (
        ("600999888", ""),
        survivor.pk,
    )


def test_after_an_undo_the_leads_can_be_merged_again():
    survivor, duplicate = pair()
    made = merge(survivor, duplicate)
    undo_merge(merge_id=made.pk, actor=None, at=LATER)
    again = merge(duplicate, survivor, at=LATER)
    assert (again.survivor_id, Merge.objects.count()) == (duplicate.pk, 2)


some_text = st.sampled_from(["", "x", "Ñandú"])
leads = st.fixed_dictionaries(
    {
        "first_name": some_text,
        "phone": some_text,
        "job_title": st.sampled_from(["", "CEO", "Student"]),
        "country": st.sampled_from(["", "ES", "FR"]),
        "custom": st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=2), max_size=3),
        "first_touch": st.sampled_from([{}, {"utm": {"source": "a"}}]),
        "last_touch": st.sampled_from([{}, {"utm": {"source": "b"}}]),
        "consent_at": st.sampled_from([None, NOW, LATER]),
        "consent_version": st.sampled_from(["", "v1"]),
        "engaged_at": st.sampled_from([None, NOW, LATER]),
        "last_meaningful_at": st.sampled_from([None, NOW, LATER]),
    }
)
happened = st.lists(
    st.tuples(st.sampled_from(["download", "webinar", "price_sheet", "email_bounce"]), st.integers(0, 90)),
    max_size=4,
)


class Undo(TestCase):
    """Whatever two leads look like, undoing their merge leaves what was before."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(leads, leads, happened, happened, st.booleans(), st.booleans())
    def test_undo_restores_exactly(self, one, other, did_one, did_other, firm_one, firm_other):
        live_rule_set()
        pairs = []
        for known, did, firm in ((one, did_one, firm_one), (other, did_other, firm_other)):
            lead = make_lead(**known, company=make_company(employees=300) if firm else None)
            for kind, days in did:
                make_activity(lead, kind, at=NOW - timedelta(days=days))
            rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.CREATED)
            pairs.append(lead)
        before = state()
        made = merge(*pairs)
        undo_merge(merge_id=made.pk, actor=None, at=NOW)
        assert state() == before


def state():
    """Every column of every lead but the time of the last change, and whose every event is."""
    columns = [f.attname for f in Lead._meta.concrete_fields if f.name != "updated_at"]
    return (
        list(Lead.objects.order_by("pk").values_list(*columns)),
        list(Activity.objects.order_by("pk").values_list("pk", "lead_id", "origin_lead_id", F("kind"))),
    )
