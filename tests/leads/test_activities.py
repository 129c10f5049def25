"""Recording what leads do and what is done with them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.enums import CONTACT_KINDS, ActivityKind, ActivitySource
from leads.errors import InvalidValue, NotAllowed
from leads.models import Activity, Lead
from leads.services.activities import Event, record_activity, record_events
from leads.signals import contact_made, lead_scored
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, live_rule_set, make_lead, one_group

pytestmark = pytest.mark.django_db


def record(lead: Lead, kind: str = ActivityKind.DOWNLOAD, *, at: datetime = NOW, **fields: Any) -> Activity:
    fields.setdefault("source", ActivitySource.API)
    return record_activity(lead=lead, kind=kind, at=at, **fields)


@pytest.fixture
def heard() -> Any:
    """(signal, moment) of every hand-over, in order."""
    seen: list[tuple[str, Any]] = []

    def on_contact(activity: Activity, **_: object) -> None:
        seen.append(("contact", activity.occurred_at))

    def on_score(at: datetime, **_: object) -> None:
        seen.append(("scored", at))

    contact_made.connect(on_contact)
    lead_scored.connect(on_score)
    yield seen
    contact_made.disconnect(on_contact)
    lead_scored.disconnect(on_score)


def test_an_activity_happens_when_it_is_recorded_unless_said():
    lead = make_lead()
    then = NOW - timedelta(hours=2)
    moments = [record(lead).occurred_at, record(lead, occurred_at=then).occurred_at]
    assert (moments, Activity.objects.filter(recorded_at=NOW).count()) == ([NOW, then], 2)


def test_the_lead_is_scored_again():
    live_rule_set(groups=(one_group(points=10),))
    lead = make_lead()
    record(lead)
    record(lead)
    lead.refresh_from_db()
    assert lead.interest == 20


def test_a_repeated_external_id_changes_nothing(heard: list[tuple[str, Any]]):
    lead = make_lead()
    first, second = (record(lead, external_id="e-1", note=note) for note in ("a", "b"))
    assert (second.pk, second.note, Activity.objects.count(), len(heard)) == (first.pk, "a", 1, 1)


def test_an_external_id_of_another_lead_is_refused():
    record(make_lead(), external_id="e-1")
    with pytest.raises(InvalidValue) as caught:
        record(make_lead(), external_id="e-1")
    assert caught.value.field == "external_id"


@pytest.mark.parametrize(
    ("fields", "scored"),
    [
        ({}, True),
        ({"user_agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0"}, True),
        ({"user_agent": "Googlebot/2.1"}, False),
        ({"user_agent": "Proofpoint"}, False),
        ({"automated": True}, False),
    ],
)
def test_bots_scanners_and_automated_touches_are_kept_but_not_scored(fields: dict[str, Any], scored: bool):
    assert record(make_lead(), ActivityKind.EMAIL_CLICK, **fields).is_scored is scored


@pytest.mark.parametrize("kind", sorted(CONTACT_KINDS))
def test_a_call_mail_or_meeting_of_a_person_is_a_contact(kind: str):
    assert record(make_lead(), kind, actor=make_user()).is_contact is True


@pytest.mark.parametrize(
    ("kind", "person", "automated"),
    [
        (ActivityKind.CALL, False, False),
        (ActivityKind.CALL, True, True),
        (ActivityKind.NOTE, True, False),
        (ActivityKind.EMAIL_OPEN, True, False),
    ],
)
def test_nothing_else_is_a_contact(kind: str, person: bool, automated: bool):
    actor = make_user() if person else None
    assert record(make_lead(), kind, actor=actor, automated=automated).is_contact is False


def test_contacts_are_told_after_the_scores_in_the_order_they_happened(heard: list[tuple[str, Any]]):
    earlier = NOW - timedelta(hours=1)
    events = [Event(ActivityKind.CALL), Event(ActivityKind.MEETING, occurred_at=earlier)]
    record_events(lead_id=make_lead().pk, events=events, at=NOW, source=ActivitySource.UI, actor=make_user())
    assert heard == [("scored", NOW), ("contact", earlier), ("contact", NOW)]


def test_the_first_meaningful_activity_makes_the_lead_engaged():
    lead = make_lead()
    record(lead, ActivityKind.PAGE_VIEW)
    record(lead, ActivityKind.WEBINAR, at=NOW + timedelta(days=1))
    record(lead, ActivityKind.DOWNLOAD, at=NOW + timedelta(days=2))
    lead.refresh_from_db()
    assert (lead.engaged_at, lead.last_meaningful_at) == (NOW + timedelta(days=1), NOW + timedelta(days=2))


def test_a_late_report_moves_the_first_interaction_back():
    lead = make_lead()
    record(lead)
    record(lead, occurred_at=NOW - timedelta(days=3))
    lead.refresh_from_db()
    assert (lead.engaged_at, lead.last_meaningful_at) == (NOW - timedelta(days=3), NOW)


def test_a_bot_makes_nobody_engaged():
    lead = make_lead()
    record(lead, user_agent="Googlebot/2.1")
    lead.refresh_from_db()
    assert lead.engaged_at is None


def test_what_happens_to_a_merged_lead_happens_to_its_survivor():
    survivor = make_lead()
    assert record(make_lead(merged_into=survivor)).lead == survivor


def test_a_clock_a_little_ahead_means_now():
    assert record(make_lead(), occurred_at=NOW + timedelta(minutes=5)).occurred_at == NOW


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"occurred_at": NOW + timedelta(minutes=5, seconds=1)}, "occurred_at"),
        ({"occurred_at": datetime(1989, 12, 31, tzinfo=UTC)}, "occurred_at"),
        ({"kind": "sorcery"}, "kind"),
        ({"outcome": "married"}, "outcome"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(fields: dict[str, Any], field: str):
    with pytest.raises(InvalidValue) as caught:
        record(make_lead(), **fields)
    assert (caught.value.field, Activity.objects.count()) == (field, 0)


@pytest.mark.parametrize("rows", [1, 30])
def test_many_of_one_lead_cost_as_much_as_one(rows: int, django_assert_num_queries: Any):
    live_rule_set()
    lead = make_lead()
    record(lead)
    events = [Event(ActivityKind.PAGE_VIEW, external_id=f"e-{n}") for n in range(rows)]
    with django_assert_num_queries(9):
        record_events(lead_id=lead.pk, events=events, at=NOW, source=ActivitySource.API)


def test_an_executive_reads_and_records_nothing() -> None:
    lead = make_lead()
    with pytest.raises(NotAllowed):
        record_events(
            lead_id=lead.pk,
            events=[Event(kind=ActivityKind.CALL)],
            at=NOW,
            source=ActivitySource.UI,
            actor=make_user(role=Role.EXECUTIVE),
        )
    assert not Activity.objects.exists()
