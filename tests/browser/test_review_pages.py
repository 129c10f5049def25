"""Feedback, disputes, reviews and definitions, filled: accessible, and markup in them is text."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from funnel.enums import Stage, Status
from funnel.models import Journey
from leads.models import Persona
from sla.enums import DisputeKind
from sla.models import Review
from sla.services.disputes import raise_dispute
from sla.services.reviews import decide_in_review, hold_review, plan_review, write_minutes
from smarketing.accounts.enums import Role
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.agreeing import signed

from .conftest import Watched
from .test_every_page import INJECTED, VARIANTS, overflow, violations
from .world import PAYLOADS, World

pytestmark = pytest.mark.django_db(transaction=True)


def fill(world: World) -> dict[str, tuple[Role, str]]:
    """A dispute, a group that drifts, and a held review; the pages that tell of them."""
    now, sdr = timezone.now(), world.people[Role.SDR]
    drifting = Persona.objects.earliest("position")
    for number in range(40):
        back = number < 15
        lead = bare_lead(persona=drifting if number < 16 else None, first_name=PAYLOADS[0], at=now)
        make_journey(
            Stage.MQL if back else Stage.SQL, Status.RECYCLED if back else "", lead=lead, entered_at=now
        )
    at_hand = Journey.objects.get(lead=world.lead_id, is_current=True)
    raised = raise_dispute(
        lead_id=at_hand.lead_id, kind=DisputeKind.NO_MQL, reason=PAYLOADS[0], actor=sdr, at=now
    )
    review = held(now)
    return {
        f"/disputes/{raised.pk}/": (Role.ADMIN, "form #id_decision_0"),
        "/disputes/": (Role.ADMIN, "table.data"),
        "/feedback/": (Role.MARKETER, "main ul li strong"),
        f"/feedback/leads/?persona={drifting.pk}&verdict=returned": (Role.MANAGER, "table.data"),
        f"/reviews/{review.pk}/": (Role.ADMIN, "form[action$='decisions/']"),
        f"/reviews/{review.pk}/minutes/": (Role.ADMIN, "textarea"),
        f"/reviews/decisions/{review.decisions.get().pk}/": (Role.ADMIN, "#id_is_done"),
        "/reviews/new/": (Role.ADMIN, "#id_starts_at"),
        "/definitions/": (Role.SDR, "h2 a[href^='/agreement/']"),
    }


def held(now: datetime) -> Review:
    today = timezone.localdate()
    days = {"first_day": today - timedelta(days=30), "last_day": today + timedelta(days=60)}
    agreement = signed(now, name=PAYLOADS[1], **days)
    head = agreement.sales_head
    assert head is not None
    review = plan_review(
        agreement=agreement,
        starts_at=now,
        minutes_long=60,
        place=PAYLOADS[0],
        participants=[head],
        actor=head,
        at=now,
    )
    hold_review(review_id=review.pk, actor=head, at=now)
    write_minutes(review_id=review.pk, minutes=PAYLOADS[1], seen=1, actor=head)
    decide_in_review(review_id=review.pk, text=PAYLOADS[0], owner=head, due_on=today, actor=head)
    return review


@pytest.mark.parametrize("watched", VARIANTS.values(), indirect=True, ids=VARIANTS)
def test_the_pages_of_a_review_are_accessible_and_show_markup_as_text(watched: Watched, world: World) -> None:
    seen, fine = {}, {}
    for path, (role, holds) in fill(world).items():
        watched.become(world.people[role])
        watched.complaints.clear()
        status = watched.open(path)
        there = watched.page.locator(holds).count() > 0
        found = (overflow(watched), violations(watched), watched.page.evaluate(INJECTED), watched.heard(200))
        seen[path], fine[path] = (status, there, *found), (200, True, 0, [], 0, [])
    assert seen == fine
