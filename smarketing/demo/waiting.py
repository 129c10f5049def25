"""What a visitor finds at every hour of every day, whatever else the story brought: leads that wait
for a decision of an SDR and of an AE, one that was given up after every agreed attempt, and one that
was given to somebody else when its SDR went on leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from funnel.enums import Move, Reason, Stage
from funnel.services.reassigning import reassign
from leads.enums import ActivityKind, Outcome
from leads.models import Lead
from smarketing.accounts.models import User

from .market import DEMO_FORM
from .people import LEAVES

if TYPE_CHECKING:
    from .story import Story

WORKDAY = 9 * 60
"""Minutes."""
DECIDING = (0.8 * WORKDAY, 1.9 * WORKDAY, 3.2 * WORKDAY)
"""Working minutes since an SDR reached somebody; nothing is decided yet."""
QUALIFIED = 1.4 * WORKDAY
"""Since an AE got one."""
IN_VAIN = 15 * WORKDAY
ATTEMPTS = 5
"""As both teams agreed."""
FIRST, BETWEEN = 2.0, 0.6 * WORKDAY
"""Minutes to the first attempt, and from one to the next."""

BEFORE_LEAVE = 300.0

Then = Callable[[int, datetime], object]


def plan(story: Story) -> None:
    for minutes in DECIDING:
        _came(story, story.before(minutes), lambda lead_id, at: _call(story, lead_id, at, Outcome.REACHED))
    _came(story, story.before(QUALIFIED), lambda lead_id, at: _qualify(story, lead_id, at))
    _came(story, story.before(IN_VAIN), lambda lead_id, at: _try(story, lead_id, 1, at))
    name, first_day, _, _ = LEAVES[-1]
    begins = story.before_work(story.now + timedelta(days=first_day), BEFORE_LEAVE)
    _came(story, begins, lambda lead_id, at: _hand_to(story, lead_id, story.staff[name], at))


def _came(story: Story, at: datetime, then: Then) -> None:
    """Somebody asked for a demo, and what follows is told by ``then`` alone."""
    form, person = story.forms[DEMO_FORM][0], story.market.newcomer()

    def event(at: datetime) -> None:
        lead = story.post(form, story.values(person, form), at)
        if lead is not None:
            story.sales.arranged.add(lead.pk)
            story.plan(story.after(at, FIRST), lambda at: then(lead.pk, at))

    story.plan(at, event)


def _call(story: Story, lead_id: int, at: datetime, outcome: Outcome) -> int | None:
    """The journey, if it still stands with an SDR."""
    journey = story.sales.of(lead_id, Stage.MQL)
    if journey is None:
        return None
    story.sales.contact(journey.lead, ActivityKind.CALL, at, outcome=outcome)
    return journey.pk


def _qualify(story: Story, lead_id: int, at: datetime) -> None:
    _call(story, lead_id, at, Outcome.REACHED)
    journey = story.sales.of(lead_id, Stage.MQL)
    if journey is not None:
        story.sales.move(journey, Move.QUALIFY, at)


def _hand_to(story: Story, lead_id: int, colleague: User, at: datetime) -> None:
    journey_id = _call(story, lead_id, at, Outcome.REACHED)
    owner = Lead.objects.select_related("owner").get(pk=lead_id).owner
    if journey_id is not None and owner != colleague:
        reason = f"{colleague.first_name} knows this plant."
        reassign(journey_id=journey_id, to_user_id=colleague.pk, actor=owner, at=at, reason=reason)


def _try(story: Story, lead_id: int, number: int, at: datetime) -> None:
    _call(story, lead_id, at, Outcome.NO_ANSWER)
    journey = story.sales.of(lead_id, Stage.MQL)
    if journey is not None and number == ATTEMPTS:
        # Whoever hands it over again finds somebody who works on it.
        story.sales.arranged.discard(lead_id)
        story.sales.move(journey, Move.RECYCLE, at, reason=Reason.UNREACHABLE)
    elif number < ATTEMPTS:
        story.plan(story.after(at, BETWEEN), lambda at: _try(story, lead_id, number + 1, at))
