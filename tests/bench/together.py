"""What both teams have agreed, disputed, reviewed and foreseen, beside a seeded funnel of two years."""

from datetime import datetime, timedelta

from django.db import connection

from leads.models import Persona
from sla.enums import DisputeState
from sla.forms.closed_loop import By
from sla.models import Agreement, Dispute, Review, ReviewDecision
from sla.services.foresight import keep_places, make_forecast
from sla.services.reviews import hold_review, plan_review
from smarketing.accounts.enums import ChangeAction, Origin, Role
from smarketing.accounts.models import ConfigChange, User
from tests.browser.pages import Page
from tests.sla.agreeing import signed

from .seed import insert

HALF, DAYS = timedelta(days=90), timedelta(days=1)
REVIEWS, DECISIONS = 12, 4
CHANGES, TOLD_APART = 200, timedelta(days=3)
LOOKS = (("month", "rep"), ("week", "team"), ("day", "source"))
FORESEEN = (90, 60, 30, 0)
"""Days ago on which a forecast was kept."""


def work_together(people: dict[Role, User], *, at: datetime) -> list[Page]:
    """An agreement in force since three months, for three more; a dispute of every fiftieth MQL; a review
    each week, the last of them still to be held; definitions changed twice a week; forecasts kept.

    Answers with the pages of all that.
    """
    begun = at - HALF
    agreement = signed(begun, first_day=begun.date(), last_day=(at + HALF).date())
    boss = people[Role.ADMIN]
    _dispute(boss)
    _review(agreement, boss, at)
    ConfigChange.objects.bulk_create(
        ConfigChange(
            at=at - number * TOLD_APART,
            actor=boss,
            origin=Origin.BROWSER,
            kind="funnel.stagetarget",
            object_id=str(number),
            object_name=f"Target {number}",
            action=ChangeAction.CHANGED,
            changes=[{"field": "count", "before": number, "after": number + 1}],
        )
        for number in range(CHANGES)
    )
    for ago in FORESEEN:
        make_forecast(day=(at - ago * DAYS).date(), at=at)
    keep_places()
    return pages_of(agreement)


def pages_of(agreement: Agreement) -> list[Page]:
    promises = {promise.kind: promise.pk for promise in agreement.promises.all()}
    measure, reviews = f"/agreement/{agreement.pk}/measure/", Review.objects.order_by("starts_at")
    waiting = Dispute.objects.filter(state=DisputeState.OPEN)[:1]
    readers = (Role.MANAGER, Role.MARKETER, Role.EXECUTIVE)
    return [
        Page(f"/agreement/{agreement.pk}/", readers),
        *(Page(f"{measure}?per={per}&by={by}", (Role.MANAGER,)) for per, by in LOOKS),
        *(Page(f"{measure}{pk}/", (Role.MANAGER, Role.SDR)) for pk in promises.values()),
        Page(f"/reviews/{reviews[0].pk}/", readers),
        Page(f"/reviews/{reviews[len(reviews) - 1].pk}/", readers),
        *(Page(f"/disputes/{dispute.pk}/", (Role.ADMIN,)) for dispute in waiting),
        Page("/disputes/?state=upheld", readers),
        *(Page(f"/feedback/leads/?{query}", (Role.MANAGER,)) for query in ("verdict=returned", "form=~")),
        *(Page(f"/closed-loop/?by={by}&period=this_year", (Role.EXECUTIVE,)) for by in By.values),
        *(Page(f"/forecast/?{part}", readers) for part in _narrowed()),
        Page("/definitions/?kind=funnel.stagetarget", readers),
    ]


def _narrowed() -> list[str]:
    """The largest part of the leads there is, and of a source; the latter of a month and of three."""
    persona = Persona.objects.earliest("position")
    return [f"persona={persona.pk}", "source=source+00", "source=source+00&horizon=three"]


def _dispute(boss: User) -> None:
    given = {
        "journey_id": "j.id",
        "kind": "CASE WHEN j.status IN ('recycled', 'disqualified') AND j.sql_at IS NULL"
        " THEN 'unfair_return' ELSE 'no_mql' END",
        "reason": "'They asked for a price.'",
        "raised_by_id": str(boss.pk),
        "raised_at": "j.mql_at + interval '1 day'",
        "state": "(ARRAY['open', 'upheld', 'refused'])[1 + j.id / 50 % 3]",
        "decision": "CASE WHEN j.id / 50 % 3 > 0 THEN 'As it was agreed.' ELSE '' END",
        "decided_by_id": f"CASE WHEN j.id / 50 % 3 > 0 THEN {boss.pk} END",
        "decided_at": "CASE WHEN j.id / 50 % 3 > 0 THEN j.mql_at + interval '2 days' END",
    }
    with connection.cursor() as cursor:
        insert(cursor, Dispute, given, "funnel_journey j WHERE j.mql_at IS NOT NULL AND j.id % 50 = 0")
        cursor.execute("VACUUM ANALYZE sla_dispute")


def _review(agreement: Agreement, boss: User, at: datetime) -> None:
    for weeks in reversed(range(REVIEWS)):
        begins = at - timedelta(weeks=weeks)
        review = plan_review(
            agreement=agreement,
            starts_at=begins,
            minutes_long=60,
            place="Room 1",
            participants=[boss],
            actor=boss,
            at=begins,
        )
        ReviewDecision.objects.bulk_create(
            ReviewDecision(review=review, text=f"Decision {number}", owner=boss, due_on=begins.date())
            for number in range(DECISIONS)
        )
        if weeks:
            hold_review(review_id=review.pk, actor=boss, at=begins)
    assert Review.objects.filter(held_at=None).count() == 1
