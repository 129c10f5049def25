"""Two leads become one and the funnel still adds up, also after it was undone."""

from datetime import timedelta

import pytest
from django.test import Client

from funnel.enums import Move, Reason
from funnel.errors import MoveNotAllowed
from funnel.models import Assignment, Journey, StageChange
from funnel.rules.merging import Standing, first_survives
from funnel.selectors.timeline import timeline
from funnel.services.moving import move_journey
from leads.models import Lead, Merge
from leads.services.merging import merge_leads, undo_merge
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON, Crew, entered_lead, journey_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
LAST = NOON + timedelta(hours=2)


def merge(survivor: Lead, duplicate: Lead) -> Merge:
    return merge_leads(survivor_id=survivor.pk, duplicate_id=duplicate.pk, actor=None, at=LATER)


def undo(merged: Merge) -> None:
    undo_merge(merge_id=merged.pk, actor=None, at=LAST)


def adds_up() -> bool:
    """As many current journeys as leads, each of them of a lead that counts."""
    current = Journey.objects.filter(is_current=True).values_list("lead", flat=True)
    return sorted(current) == sorted(Lead.objects.current().values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("customer", "won"), ("mql", "active")),
        (("engaged", "active"), ("opportunity", "lost")),
        (("engaged", "active"), ("sql", "disqualified")),
        (("mql", "postponed"), ("target", "active")),
        (("sql", "active"), ("mql", "active")),
    ],
)
def test_the_journey_worth_more_survives(first: tuple[str, str], second: tuple[str, str]) -> None:
    a, b = Standing(*first, entered_at=NOON), Standing(*second, entered_at=LATER)
    assert (first_survives(a, b), first_survives(b, a)) == (True, False)


def test_among_equals_the_more_recent_survives() -> None:
    a, b = Standing("mql", "active", NOON), Standing("mql", "active", LATER)
    assert (first_survives(a, b), first_survives(b, a)) == (False, True)


def test_the_survivors_journey_stays_when_it_is_further() -> None:
    crew = Crew()
    kept, other = crew.journey_at("mql"), crew.journey_at("target")
    merge(kept.lead, other.lead)
    other.refresh_from_db()
    assert (journey_of(kept.lead), other.is_current, other.status, other.reason, adds_up()) == (
        kept,
        False,
        "disqualified",
        "duplicate",
        True,
    )


def test_the_duplicates_journey_moves_with_history_and_owner_when_it_is_further() -> None:
    crew = Crew()
    survivor, kept = entered_lead(), crew.journey_at("sql")
    merge(survivor, kept.lead)
    now = journey_of(survivor)
    assert (now, now.number, now.lead.owner, adds_up()) == (kept, 2, crew.ae, True)
    assert set(StageChange.objects.filter(journey=kept).values_list("lead", flat=True)) == {survivor.pk}
    assert set(Assignment.objects.filter(journey=kept).values_list("lead", flat=True)) == {survivor.pk}


def test_the_retired_journeys_owner_has_no_running_assignment() -> None:
    crew = Crew()
    kept, other = crew.journey_at("sql"), crew.journey_at("mql")
    merge(kept.lead, other.lead)
    assert Assignment.objects.get(journey=other).ended_at == LATER


def test_a_closed_journey_is_retired_as_it_is() -> None:
    crew = Crew()
    kept, lost = crew.journey_at("mql"), crew.journey_at("opportunity")
    move_journey(journey_id=lost.pk, move=Move.LOSE, actor=None, at=NOON, reason=Reason.PRICE)
    merge(kept.lead, lost.lead)
    lost.refresh_from_db()
    assert (lost.is_current, lost.status, lost.reason, adds_up()) == (False, "lost", "price", True)


@pytest.mark.parametrize("stage", ["new_name", "engaged", "target", "mql", "sql", "opportunity"])
@pytest.mark.parametrize("other_stage", ["target", "mql", "sql", "opportunity"])
def test_undo_gives_both_back_as_they_were(stage: str, other_stage: str) -> None:
    crew = Crew()
    pair = [crew.journey_at(stage), crew.journey_at(other_stage)]
    before = [(j.pk, j.lead_id, j.number, j.stage, j.status, j.reason, j.lead.owner_id) for j in pair]
    undo(merge(pair[0].lead, pair[1].lead))
    after = [journey_of(j.lead) for j in pair]
    assert [
        (j.pk, j.lead_id, j.number, j.stage, j.status, j.reason, j.lead.owner_id) for j in after
    ] == before
    assert adds_up()


def test_undo_keeps_a_postponed_journey_postponed() -> None:
    crew = Crew()
    kept, other = crew.journey_at("sql"), crew.journey_at("mql")
    until = NOON + timedelta(days=9)
    details = {"reason": Reason.TIMING, "resume_at": until}
    move_journey(journey_id=other.pk, move=Move.POSTPONE, actor=None, at=NOON, **details)
    undo(merge(kept.lead, other.lead))
    other.refresh_from_db()
    assert (other.status, other.reason, other.resume_at) == ("postponed", "timing", until)


def test_what_followed_on_the_moved_journey_goes_back_with_it() -> None:
    crew = Crew()
    survivor, kept = entered_lead(), crew.journey_at("mql")
    merged = merge(survivor, kept.lead)
    move_journey(journey_id=kept.pk, move=Move.RECYCLE, actor=None, at=LATER, reason=Reason.NO_NEED)
    undo(merged)
    back = Journey.objects.filter(lead=kept.lead).order_by("number").values_list("number", "status")
    assert (list(back), adds_up()) == ([(1, "recycled"), (2, "active")], True)


def test_merges_are_undone_newest_first() -> None:
    survivor, a, b = entered_lead(), entered_lead(), entered_lead()
    first = merge(survivor, a)
    merge(survivor, b)
    with pytest.raises(MoveNotAllowed):
        undo(first)


def test_a_lead_without_a_journey_takes_over_that_of_its_duplicate() -> None:
    survivor = Lead.objects.create(created_at=NOON, updated_at=NOON)
    journey = journey_of(entered_lead())
    merge(survivor, journey.lead)
    assert (journey_of(survivor), adds_up()) == (journey, True)


def told(lead: Lead) -> list[tuple[str, bool, bool]]:
    """The moves of a lead's timeline, newest first: which, whether a merge did it, or its undoing."""
    return [
        (entry.row.move, entry.row.by_merge, entry.row.by_undoing) for entry in timeline(lead, part="move")
    ]


def test_the_timeline_tells_a_merge_and_its_undoing_as_what_they_are() -> None:
    """Whoever reads it must not believe that somebody disqualified the lead."""
    crew = Crew()
    kept, other = crew.journey_at("mql"), crew.journey_at("target")
    merged = merge(kept.lead, other.lead)
    assert told(kept.lead)[0] == (Move.DISQUALIFY, True, False)
    undo(merged)
    assert told(other.lead)[:2] == [(Move.RESUME, False, True), (Move.DISQUALIFY, True, False)]
    assert {(by_merge, undone) for _move, by_merge, undone in told(kept.lead)} == {(False, False)}


def test_the_page_says_that_it_was_merged(client: Client) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    crew = Crew()
    kept, other = crew.journey_at("mql"), crew.journey_at("target")
    merge(kept.lead, other.lead)
    page = client.get(f"/leads/{kept.lead_id}/?show=move").content.decode()
    assert ("Merged with another lead" in page, "Disqualified" in page) == (True, False)
