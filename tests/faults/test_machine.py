"""F19: whatever is done to leads in whatever order, the funnel stays true.

A Hypothesis state machine over real services; each example runs in a transaction that is rolled
back, and a crash is a rolled-back savepoint in the middle of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from funnel.enums import OPEN, Move, Reason, Stage, Status
from funnel.errors import FunnelError
from funnel.models import Assignment, Journey, Opportunity, RoutingMember, StageChange
from funnel.rules.moves import EDGES
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.selectors.events import events_in
from funnel.services import rollups
from funnel.services.moving import move_journey
from funnel.services.resuming import resume_postponed
from funnel.services.waiting import assign_unassigned, release_all_left
from leads.enums import ScoreCause
from leads.errors import LeadsError
from leads.models import Lead, Merge
from leads.selectors import explain
from leads.services.activities import record_activity
from leads.services.defaults import install_defaults as install_scoring
from leads.services.leads import create_lead, update_lead
from leads.services.merging import merge_leads, undo_merge
from leads.services.scoring import rescore_lead
from sla.enums import TICKING
from sla.models import Clock, Reminder
from sla.rules.promises import attainment, responses
from sla.selectors.promise_sums import PromiseSums
from sla.selectors.promises import Promised, depth, tallies
from sla.services import promise_sums
from sla.services.defaults import install_defaults as install_promises
from sla.services.reconcile import reconcile
from sla.services.reminders import decide_due
from sla.services.ringing import ring
from smarketing.accounts.models import User
from tests.funnel.pools import MONEY, Crew, make_pool
from tests.funnel.sums import happened
from tests.funnel.test_rollups import told

MONDAY = datetime(2026, 3, 9, 10, tzinfo=UTC)
KINDS = ["page_view", "download", "price_sheet", "demo_request", "contact_request"]
WITH_CLOCK = Q(stage__in=(Stage.MQL, Stage.SQL), status__in=sorted(OPEN), is_current=True)

LEGAL = {
    (edge.move.value, edge.stage.value, edge.status.value, edge.to_stage.value, edge.to_status.value)
    for edge in EDGES
}


class Crash(Exception):
    """The process dies before it commits."""


pick = st.integers(0, 10_000)


class Funnel(RuleBasedStateMachine):
    crew: Crew
    """Set by the test, before the first example."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.made = 0
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @rule(country=st.sampled_from(["ES", "FR", ""]), rep=st.booleans())
    def create(self, country: str, rep: bool) -> None:
        self.made += 1
        values = {"email": f"p{self.made}@acme{self.made % 3}.example", "country": country}
        create_lead(values=values, actor=self.crew.sdr if rep else None, at=self.now)

    @rule(which=pick, kind=st.sampled_from(KINDS))
    @precondition(lambda self: self.made)
    def interact(self, which: int, kind: str) -> None:
        record_activity(lead=self.lead(which), kind=kind, at=self.now, source="api")

    @rule(which=pick)
    @precondition(lambda self: self.made)
    def become_hot(self, which: int) -> None:
        """What makes an MQL by the default agreement."""
        lead = self.lead(which)
        update_lead(lead_id=lead.pk, changes={"job_title": "CEO", "country": "ES"}, actor=None, at=self.now)
        for kind in ("download", "price_sheet", "demo_request", "contact_request"):
            record_activity(lead=lead, kind=kind, at=self.now, source="api")

    @rule(which=pick)
    @precondition(lambda self: self.made)
    def contact(self, which: int) -> None:
        lead = self.lead(which)
        record_activity(lead=lead, kind="call", at=self.now, source="ui", actor=lead.owner or self.crew.admin)

    @rule(which=pick, title=st.sampled_from(["CEO", "Student", ""]))
    @precondition(lambda self: self.made)
    def edit(self, which: int, title: str) -> None:
        update_lead(lead_id=self.lead(which).pk, changes={"job_title": title}, actor=None, at=self.now)

    @rule(which=pick)
    @precondition(lambda self: self.made)
    def score(self, which: int) -> None:
        rescore_lead(lead_id=self.lead(which).pk, at=self.now, cause=ScoreCause.DECAY)

    @rule(
        which=pick, move=st.sampled_from(Move.values), who=st.sampled_from(["owner", "admin", "system"]),
        days=st.integers(1, 10), crash=st.booleans(),
    )  # fmt: skip
    @precondition(lambda self: self.made)
    def move(self, which: int, move: str, who: str, days: int, crash: bool) -> None:
        self.attempt(self.journey(which), move, who, days, crash)

    @rule(which=pick, choice=pick, days=st.integers(1, 10))
    @precondition(lambda self: self.made)
    def move_legally(self, which: int, choice: int, days: int) -> None:
        """Random moves are mostly refused; this one goes deep into the graph."""
        journey = self.journey(which)
        legal = [
            edge.move.value
            for edge in EDGES
            if (edge.stage, edge.status) == (journey.stage, journey.status) and edge.move != Move.ADVANCE
        ]
        if legal:
            self.attempt(journey, legal[choice % len(legal)], "admin", days, crash=False)

    @rule(one=pick, other=pick, crash=st.booleans())
    @precondition(lambda self: self.made > 1)
    def merge(self, one: int, other: int, crash: bool) -> None:
        pair = {"survivor_id": self.lead(one).pk, "duplicate_id": self.lead(other).pk}
        self.run(lambda: merge_leads(**pair, actor=None, at=self.now), crash)

    @rule(which=pick)
    @precondition(lambda self: self.made > 1)
    def undo(self, which: int) -> None:
        merges = list(Merge.objects.filter(undone_at=None).order_by("pk").values_list("pk", flat=True))
        if merges:
            merge_id = merges[which % len(merges)]
            self.run(lambda: undo_merge(merge_id=merge_id, actor=None, at=self.now), crash=False)

    @rule(which=pick)
    def leave_or_return(self, which: int) -> None:
        user = User.objects.filter(routing_memberships__isnull=False).order_by("pk")[which % 4]
        User.objects.filter(pk=user.pk).update(is_active=not user.is_active)
        release_all_left(at=self.now)
        assign_unassigned(at=self.now)

    @rule(minutes=st.sampled_from([1, 6, 30, 24 * 60, 8 * 24 * 60]))
    def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        resume_postponed(at=self.now)
        for _ in range(20):
            if not ring(at=self.now) and not decide_due(at=self.now, limit=100):
                break

    def lead(self, which: int) -> Lead:
        leads = Lead.objects.current().select_related("company", "owner").order_by("pk")
        return leads[which % leads.count()]

    def journey(self, which: int) -> Journey:
        return Journey.objects.get(lead=self.lead(which), is_current=True)

    def attempt(self, journey: Journey, move: str, who: str, days: int, crash: bool) -> None:
        actor = {"owner": journey.lead.owner, "admin": self.crew.admin, "system": None}[who]
        details: dict[str, Any] = {"reason": Reason.NO_NEED, "note": "So it was agreed."}
        if move == Move.POSTPONE:
            details["resume_at"] = self.now + timedelta(days=days)
        if move == Move.CONVERT:
            details |= {**MONEY, "expected_close": self.now.date()}
        self.run(
            lambda: move_journey(journey_id=journey.pk, move=move, actor=actor, at=self.now, **details), crash
        )

    def run(self, action: Callable[[], object], crash: bool) -> None:
        try:
            with transaction.atomic():
                action()
                if crash:
                    raise Crash
        except (Crash, FunnelError, LeadsError):
            pass

    @invariant()
    def time_passes(self) -> None:
        """Two things at the very same moment have no order that facts alone could restore."""
        self.now += timedelta(seconds=1)

    @invariant()
    def the_funnel_adds_up_to_the_leads(self) -> None:
        current = Journey.objects.filter(is_current=True).order_by("lead").values_list("lead", flat=True)
        assert list(current) == list(Lead.objects.current().order_by("pk").values_list("pk", flat=True))

    @rule()
    def fold(self) -> None:
        rollups.refresh(at=self.now)
        self.check_promises()
        promise_sums.refresh()
        self.check_promises()

    def check_promises(self) -> None:
        """The sums of the days equal the clocks, whatever came since they were made."""
        wanted = Promised(Span(MONDAY.date(), self.now.date()))
        sums, counted = PromiseSums(wanted, at=self.now), tallies(wanted, at=self.now)
        assert attainment(sums.tallies) == attainment(counted)
        assert (responses(sums.tallies), sums.depth) == (responses(counted), depth(wanted))

    @invariant()
    def sums_tell_what_happened(self) -> None:
        """Whatever was moved, merged, undone or scored anew, and folded or not."""
        span = Span(MONDAY.date(), self.now.date())
        for owners in (None, frozenset({self.crew.sdr.pk})):
            events = events_in(filters=Filters(owner_ids=owners), span=span)
            journeys = Journey.objects.filter(lead__owner__in=owners) if owners else Journey.objects.all()
            assert told(events, span) == happened(list(journeys), span)

    @invariant()
    def history_is_legal_and_replays_to_the_present(self) -> None:
        for journey in Journey.objects.prefetch_related("changes"):
            stage, status, rows = "", "", sorted(journey.changes.all(), key=lambda row: row.pk)
            for row in rows:
                assert (row.from_stage, row.from_status) == (stage, status)
                assert self.is_legal(row), row.__dict__
                stage, status = row.to_stage, row.to_status
            assert (stage, status, len(rows)) == (journey.stage, journey.status, journey.version)
            assert {row.lead_id for row in rows} == {journey.lead_id}

    def is_legal(self, row: StageChange) -> bool:
        if row.from_stage == "":
            return (row.move, row.to_stage, row.to_status) == ("enter", "new_name", "active")
        if row.reason == Reason.DUPLICATE or row.from_status == Status.DISQUALIFIED:
            return row.move in ("disqualify", "resume") and row.from_stage == row.to_stage
        # A jump is written stage by stage; its rows add up to the edge.
        goal = Stage.MQL if row.move == Move.HAND_OFF else row.to_stage
        return (row.move, row.from_stage, row.from_status, goal, row.to_status) in LEGAL

    @invariant()
    def every_open_handed_off_lead_has_one_ticking_clock(self) -> None:
        promised = Journey.objects.filter(WITH_CLOCK).values_list("pk", "lead")
        ticking = Clock.objects.filter(state__in=TICKING, ended_at=None).values_list("journey", "lead")
        assert sorted(promised) == sorted(ticking)

    @invariant()
    def no_step_is_on_the_ledger_twice(self) -> None:
        twice = Reminder.objects.values("clock", "step").annotate(n=Count("pk")).filter(n__gt=1)
        assert list(twice) == []

    @invariant()
    def the_owner_is_who_the_running_assignment_names(self) -> None:
        running = Assignment.objects.filter(ended_at=None).select_related("journey", "lead")
        for row in running:
            assert (row.lead.owner_id, row.lead_id) == (row.user_id, row.journey.lead_id)
            assert (row.user_id is None) == (row.journey.unassigned_since is not None)
        handed_off = Journey.objects.filter(WITH_CLOCK).order_by("pk").values_list("pk", flat=True)
        with_row = (
            running.filter(journey__in=handed_off).order_by("journey").values_list("journey", flat=True)
        )
        assert list(handed_off) == list(with_row)

    @invariant()
    def opportunities_follow_their_journeys(self) -> None:
        for deal in Opportunity.objects.select_related("journey"):
            status = deal.journey.status
            assert deal.status == {"active": "open", "won": "won"}.get(status, "lost")

    @invariant()
    def scores_are_those_of_the_events_when_they_were_computed(self) -> None:
        for lead in Lead.objects.current().exclude(scored_at=None).select_related("company"):
            found = explain(lead, lead.scored_at)
            assert found is not None and found.values == (lead.fit, lead.interest, lead.intent)

    @invariant()
    def nothing_is_left_to_reconcile(self) -> None:
        with transaction.atomic():
            assert not any(reconcile(at=self.now).values())


@pytest.mark.django_db
def test_f19_the_funnel_stays_true(full: bool) -> None:
    install_scoring(at=MONDAY)
    install_promises(at=MONDAY)
    crew = Crew()
    make_pool(crew.sdr, crew.ae, countries=["PT"])
    Funnel.crew = crew
    assert RoutingMember.objects.count() == 4
    run_state_machine_as_test(
        Funnel,
        settings=settings(
            max_examples=200 if full else 8,
            stateful_step_count=60 if full else 30,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # shrinking through a database takes minutes
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            derandomize=not full,
            database=None,
        ),
    )
