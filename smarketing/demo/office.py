"""What happens at the demo company's desks beside the calls: returned leads are decided on, leads of
who is away are given to others, notifications are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from funnel.enums import Move, Reason, ReturnAction, Stage, Status
from funnel.models import Journey, ReturnDecision, StageChange
from funnel.services.returned import decide_return
from leads.models import Campaign
from leads.services.notifications import mark_read

from . import deals
from .people import LEAVES

if TYPE_CHECKING:
    from .story import Story

ROUNDS = (1, 3)
"""Tuesdays and Thursdays marketing looks at what came back."""
NURTURE = "reference-stories"
ACTIONS = ((ReturnAction.NURTURE, 48), (ReturnAction.LEAVE, 26), (ReturnAction.HAND_OFF, 12))
TOP = (Stage.NEW_NAME, Stage.ENGAGED, Stage.TARGET)


class Office:
    def __init__(self, story: Story) -> None:
        self.story, self.chance = story, story.chance

    def plan_rounds(self) -> None:
        story = self.story
        for days in range(180, 0, -1):
            day = story.now - timedelta(days=days)
            if day.astimezone(story.hours.zone).weekday() in ROUNDS:
                story.plan(story.at_work(day), self._round)
        story.plan(story.before(8 * 60), self._read)
        for name, first_day, _last, _note in LEAVES:
            begins = story.after(story.now + timedelta(days=first_day), 5)
            story.plan(begins, story.sales.give_all_away(story.staff[name]))

    def _round(self, at: datetime) -> None:
        self._decide_returned(at)
        self._look_again(at)
        deals.put_off(self.story.sales, at)
        self._read(at)

    def _decide_returned(self, at: datetime) -> None:
        waiting = StageChange.objects.filter(
            move=Move.RECYCLE,
            decisions=None,
            at__lt=at - timedelta(hours=20),
            journey__lead__merged_into=None,
        )
        for change in waiting.select_related("journey").order_by("at", "pk"):
            # An older return of the same lead is settled with its last.
            is_open = not ReturnDecision.objects.filter(change=change).exists()
            if is_open and self.chance.random() < 0.8:
                self._decide(change, at)

    def _look_again(self, at: datetime) -> None:
        due = ReturnDecision.objects.filter(
            is_current=True, due_on__lte=at.date(), action=ReturnAction.NURTURE
        )
        for decision in due.select_related("change__journey").order_by("pk"):
            if self.chance.random() < 0.7:
                self._decide(decision.change, at, is_second=True)

    def _decide(self, change: StageChange, at: datetime, *, is_second: bool = False) -> None:
        lead_id = change.journey.lead_id
        current = Journey.objects.get(lead=lead_id, is_current=True)
        action = self._action(change, current, is_second)
        nurtured = action == ReturnAction.NURTURE
        due = at.date() + timedelta(days=self.chance.randint(20, 50)) if nurtured else None
        decide_return(
            change_id=change.pk,
            action=action,
            actor=self.story.staff[self.chance.choice(("clara", "bruno"))],
            at=at,
            today=at.date(),
            note="Asked for a date next quarter." if action == ReturnAction.HAND_OFF else "",
            campaign_id=Campaign.objects.get(slug=NURTURE).pk if nurtured else None,
            due_on=due,
        )
        if action == ReturnAction.HAND_OFF:
            self.story.sales.follow_up(current.lead, at)

    def _action(self, change: StageChange, current: Journey, is_second: bool) -> ReturnAction:
        """What came back by itself meanwhile needs nothing."""
        if current.stage not in TOP or current.status != Status.ACTIVE:
            return ReturnAction.LEAVE
        actions = list(ACTIONS)
        # Nobody disqualifies a lead for the deadline that sales missed.
        if change.reason != Reason.NOT_DECIDED:
            actions.append((ReturnAction.DISQUALIFY, 14))
        if is_second:
            actions = [(ReturnAction.LEAVE, 6), (ReturnAction.NURTURE, 2), (ReturnAction.HAND_OFF, 2)]
        return self.chance.choices([one for one, _ in actions], [weight for _, weight in actions])[0]

    def _read(self, at: datetime) -> None:
        for person in self.story.staff.values():
            if person.role != "admin":
                mark_read(user=person, at=at)
