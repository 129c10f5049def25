"""How the two teams of the demo company settle what they see differently: disputes and reviews."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.mail.backends.dummy import EmailBackend as Nowhere
from django.db.models import Exists, OuterRef
from django.utils import timezone

from funnel.enums import Move, Stage, Status
from funnel.models import Journey, StageChange
from sla.enums import DisputeKind
from sla.models import Agreement, Review
from sla.selectors.agreements import agreement_in_force
from sla.selectors.reviews import proposed_start, whom_to_invite
from sla.services.disputes import decide, raise_dispute
from sla.services.engine import tick
from sla.services.reviews import decide_in_review, follow_up, hold_review, plan_review, write_minutes
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTES = (
    "More demo requests than planned, so marketing promises more. Forms ask for the size.",
    """Directors of companies below 200 employees decide nothing; sales returns nearly all of them.
First contact fell short on busy days: nobody covered for Priya.
Marketing asks that a return says in a note what was missing.""",
)


def meet(*, staff: Mapping[str, User], at: datetime) -> None:
    """A dispute that was decided and one that waits; two reviews that were held and the next one."""
    _dispute(staff, at)
    _review(staff, at)
    tick(at=at, connection=Nowhere())


def _dispute(staff: Mapping[str, User], at: datetime) -> None:
    by_person = StageChange.objects.filter(
        journey=OuterRef("pk"), move=Move.RECYCLE, actor__isnull=False, actor__role=Role.SDR
    )
    returned = Journey.objects.filter(Exists(by_person), status=Status.RECYCLED, stage=Stage.MQL)
    back = returned.order_by("-closed_at").first()
    if back is not None:
        raised = raise_dispute(
            lead_id=back.lead_id,
            kind=DisputeKind.UNFAIR_RETURN,
            reason="The lead asked for a price sheet, and one call was made before it came back.",
            actor=staff["clara"],
            at=at - 5 * HOUR,
        )
        reason = "Five attempts were agreed; one is not a verdict on the lead."
        decide(dispute_id=raised.pk, upheld=True, reason=reason, actor=staff["helena"], at=at - 2 * HOUR)
    at_hand = Journey.objects.filter(status=Status.ACTIVE, stage=Stage.MQL, lead__owner__role=Role.SDR)
    doubted = at_hand.select_related("lead__owner").order_by("lead__fit", "-mql_at").first()
    if doubted is not None and doubted.lead.owner is not None:
        raise_dispute(
            lead_id=doubted.lead_id,
            kind=DisputeKind.NO_MQL,
            reason="No budget, and nobody there decides about machines.",
            actor=doubted.lead.owner,
            at=at - HOUR,
        )


def _review(staff: Mapping[str, User], at: datetime) -> None:
    agreement = agreement_in_force(at)
    assert agreement is not None and agreement.previous is not None and agreement.signed_at is not None
    head, signed = staff["renata"], agreement.signed_at
    first = _held(agreement.previous, MINUTES[0], staff, signed - 2 * DAY)
    made = decide_in_review(
        review_id=first.pk,
        text="Promise 44 MQLs a month instead of 40",
        owner=staff["marcus"],
        due_on=timezone.localdate(signed),
        actor=head,
    )
    follow_up(
        decision_id=made.pk,
        is_done=True,
        led_to={"agreement": agreement},
        actor=staff["marcus"],
        at=signed,
    )
    last = _held(agreement, MINUTES[1], staff, max(at - 9 * DAY, signed))
    today = timezone.localdate(at)
    decide_in_review(
        review_id=last.pk,
        text="Hand over directors of companies below 200 employees only with a known budget",
        owner=staff["clara"],
        due_on=today + 4 * DAY,
        actor=head,
    )
    plan_review(
        agreement=agreement,
        starts_at=proposed_start(agreement, at=at),
        minutes_long=60,
        place="Meeting room Norte",
        participants=whom_to_invite(agreement),
        actor=head,
        at=at - DAY,
    )


def _held(agreement: Agreement, minutes: str, staff: Mapping[str, User], at: datetime) -> Review:
    head = staff["renata"]
    day = at - max(0, at.weekday() - 4) * DAY  # nobody meets on a weekend
    begun = day.replace(hour=9, minute=0, second=0, microsecond=0)
    review = plan_review(
        agreement=agreement,
        starts_at=begun,
        minutes_long=60,
        place="Meeting room Norte",
        participants=whom_to_invite(agreement),
        actor=head,
        at=begun - 7 * DAY,
    )
    hold_review(review_id=review.pk, actor=head, at=begun)
    write_minutes(review_id=review.pk, minutes=minutes, seen=review.version, actor=staff["marcus"])
    return review
