"""A review of an agreement that got another version, or ended: each version is judged for its own days,
and the review to come goes on with the version in force."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from funnel.enums import Stage
from sla.enums import Per, SplitBy, Standing
from sla.models import Agreement, Mail, Review
from sla.selectors.agenda import agenda_of
from sla.selectors.measure import cards, period_of, present, terms_of
from sla.selectors.reviews import to_plan
from sla.services.drafting import new_version
from sla.services.in_force import enter_due
from sla.services.reviews import hold_review
from sla.services.signing import propose
from sla.views.agenda import agenda_shown
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from smarketing.accounts.selectors.changes import told
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

from .agreeing import NOON, sign_both, signed
from .test_reviews import head, planned, sent

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NAMES = {Standing.MISSED: "broken", Standing.BEHIND: "behind"}
"""What the agenda calls how a promise stands."""


@pytest.fixture
def first() -> Agreement:
    """In force from 1 April to 30 June; 270 MQLs a month."""
    return signed(terms={"mediator": make_user(role=Role.EXECUTIVE)})


def next_version(old: Agreement, *, at: datetime, **changed: Any) -> Agreement:
    made = new_version(agreement=old, actor=head(old), at=at)
    Agreement.objects.filter(pk=made.pk).update(**changed)
    return sign_both(propose(agreement=made, actor=head(old), at=at), at)


def handed_over(*days: int) -> None:
    """So many days after 1 April."""
    for day in days:
        make_journey(Stage.MQL, entered_at=NOON + (day - 1) * DAY, mql_at=NOON + day * DAY)


def told_of(
    client: Client, agenda: Any, what: str = "broken", review_id: int | None = None
) -> list[tuple[str, int]]:
    """What is said, and how many leads its link opens."""
    client.force_login(make_user(role=Role.MARKETER))
    lines = agenda_shown(agenda, review_id)[what]
    return [(line["text"], client.get(line["url"]).context["page"].paginator.count) for line in lines]


def test_each_version_is_judged_for_its_own_days(client: Client, first: Agreement) -> None:
    """Twenty days of April under the first version, which are over, and five under the second."""
    hold_review(review_id=planned(first).pk, actor=head(first), at=NOON + 9 * DAY)
    second = next_version(first, at=NOON + 20 * DAY)
    handed_over(9, 10, 11, 12, 13, 22)
    agenda = agenda_of(planned(second, at=NOON + 21 * DAY), at=NOON + 24 * DAY)
    assert told_of(client, agenda) == [("MQLs per month: 5 of 180 due (1 Apr 2026 – 20 Apr 2026)", 5)]
    assert told_of(client, agenda, "behind") == [
        ("MQLs per month: 1 of 45 due (21 Apr 2026 – 25 Apr 2026)", 1)
    ]
    assert [(one["name"], one["days"]) for one in agenda_shown(agenda)["judged"]] == [
        ("Spring", "11 Apr 2026 – 20 Apr 2026"),
        ("Spring (v2)", "21 Apr 2026 – 25 Apr 2026"),
    ]


def test_after_its_last_day_only_its_own_days_count(client: Client, first: Agreement) -> None:
    handed_over(5, 95, 96)
    agenda = agenda_of(planned(first), at=NOON + 100 * DAY)
    assert (agenda["since"], agenda["until"]) == ("2026-04-01", "2026-07-10")
    assert told_of(client, agenda) == [
        ("MQLs per month: 1 of 270 due (1 Apr 2026 – 30 Apr 2026)", 1),
        ("MQLs per month: 0 of 270 due (1 May 2026 – 31 May 2026)", 0),
        ("MQLs per month: 0 of 270 due (1 Jun 2026 – 30 Jun 2026)", 0),
    ]


def test_where_nothing_was_in_force_nothing_was_promised(client: Client, first: Agreement) -> None:
    hold_review(review_id=planned(first).pk, actor=head(first), at=NOON + 100 * DAY)
    late = Review.objects.create(
        agreement=first, organizer=head(first), starts_at=NOON + 120 * DAY, planned_at=NOON
    )
    late = hold_review(review_id=late.pk, actor=head(first), at=NOON + 120 * DAY)
    assert late.agenda and (late.agenda["judged"], late.agenda["broken"]) == ([], [])
    texts = {
        "en": "No agreement was in force in this time, so nothing was promised.",
        "es": "En este tiempo no había ningún acuerdo vigente, así que no había compromisos.",
    }
    for language, text in texts.items():
        client.force_login(make_user(role=Role.SDR, language=language))
        assert text in client.get(f"/reviews/{late.pk}/").content.decode()


def test_a_version_that_never_began_is_not_judged(first: Agreement) -> None:
    at = NOON + 5 * DAY
    never = next_version(first, at=at, first_day=date(2026, 4, 20))
    last = next_version(never, at=at)
    never.refresh_from_db()
    assert never.in_force_until and never.in_force_from and never.in_force_until < never.in_force_from
    judged = agenda_of(planned(first), at=NOON + 30 * DAY)["judged"]
    assert [(one["agreement"], one["since"], one["until"]) for one in judged] == [
        (first.pk, "2026-04-01", "2026-04-19"),
        (last.pk, "2026-04-20", "2026-05-01"),
    ]


def test_a_planned_review_goes_on_with_the_version_that_comes_into_force(
    client: Client, first: Agreement
) -> None:
    """April's 186 of 270 are a broken promise of both, and nobody is invited again."""
    review = planned(first, starts_at=NOON + 49 * DAY)
    assert len(sent()) == 1
    second = next_version(first, at=NOON + 20 * DAY)
    review.refresh_from_db()
    assert (review.agreement, to_plan(at=NOON + 21 * DAY), len(sent(NOON + 21 * DAY))) == (second, None, 0)
    assert Mail.objects.filter(kind="review").count() == 1
    handed_over(*(1 + n % 48 for n in range(300)))
    held = hold_review(review_id=review.pk, actor=head(second), at=NOON + 49 * DAY)
    assert held.agenda and held.agenda["since"] == "2026-04-01"
    assert told_of(client, held.agenda) == [
        ("MQLs per month: 126 of 180 due (1 Apr 2026 – 20 Apr 2026)", 126),
        ("MQLs per month: 60 of 90 due (21 Apr 2026 – 30 Apr 2026)", 60),
    ]
    assert told_of(client, held.agenda, "behind") == [
        ("MQLs per month: 114 of 174 due (1 May 2026 – 20 May 2026)", 114)
    ]


def test_a_version_signed_on_the_day_of_the_meeting_takes_no_lead_out_of_its_lists(
    client: Client, first: Agreement
) -> None:
    handed_over(3, 9)
    held = hold_review(review_id=planned(first).pk, actor=head(first), at=NOON + 9 * DAY)
    next_version(first, at=NOON + 9 * DAY)
    assert told_of(client, held.agenda, "behind", held.pk) == [("MQLs per month: 2 of 90 due", 2)]


def test_on_its_first_day_a_version_has_broken_nothing_and_is_not_behind(
    client: Client, first: Agreement
) -> None:
    """Nine are due on 21 April, of which a day later none has come; nine a day came until then."""
    handed_over(*(day for day in range(20) for _one in range(9)))
    second = next_version(first, at=NOON + 20 * DAY)
    review = planned(second, at=NOON + 20 * DAY)
    shown = {}
    for days in (20, 21, 25):
        agenda = agenda_of(review, at=NOON + days * DAY)
        shown[days] = (told_of(client, agenda), told_of(client, agenda, "behind"))
    assert shown == {
        20: ([], []),
        21: ([], [("MQLs per month: 0 of 18 due (21 Apr 2026 – 22 Apr 2026)", 0)]),
        25: ([], [("MQLs per month: 0 of 54 due (21 Apr 2026 – 26 Apr 2026)", 0)]),
    }


def test_a_month_that_ended_on_the_day_of_a_review_is_told_of_in_the_next(
    client: Client, first: Agreement
) -> None:
    """Until midnight it could still be kept."""
    handed_over(*range(30))
    held = hold_review(review_id=planned(first).pk, actor=head(first), at=NOON + 29 * DAY)
    april = [("MQLs per month: 30 of 270 due (1 Apr 2026 – 30 Apr 2026)", 30)]
    assert (told_of(client, held.agenda), len(told_of(client, held.agenda, "behind"))) == ([], 1)
    following = planned(first, at=NOON + 30 * DAY, starts_at=NOON + 40 * DAY)
    assert told_of(client, agenda_of(following, at=NOON + 35 * DAY)) == april


@pytest.mark.parametrize("days", [0, 1, 12, 29, 30, 44, 91])
def test_the_agenda_says_what_how_it_is_kept_says(first: Agreement, days: int) -> None:
    """Of every month from the beginning on."""
    handed_over(*(day for day in range(min(days + 1, 40)) for _one in range(7)))
    agenda, now = agenda_of(planned(first), at=NOON + days * DAY), present(NOON + days * DAY)
    told = {(line["kind"], line["since"]): what for what in NAMES.values() for line in agenda[what]}
    period, day = period_of(first), min(now.today, first.last_day)
    kept = cards(terms_of(first), period=period, day=day, per=Per.MONTH, by=SplitBy.REP, now=now)
    stretches = [one for card in kept for one in card.series]
    assert told == {
        (one.term.kind, str(one.span.first)): NAMES[one.standing]
        for one in stretches
        if one.standing in NAMES
    }
    assert told or days < 2


def test_a_review_lists_promises_of_its_own_agreement_only(client: Client, first: Agreement) -> None:
    review, promise = planned(first), first.promises.get(kind="mqls")
    days = {"first_day": date(2026, 7, 1), "last_day": date(2026, 9, 30)}
    other = signed(name="Summer", **days).promises.get(kind="mqls")
    client.force_login(make_user(role=Role.SDR))
    asked = (
        f"promise-{promise.pk}",
        f"promise-{other.pk}",
        "promise-x",
        "promise-9999999999",
        str(promise.pk),
    )
    found = [client.get(f"/reviews/{review.pk}/leads/{what}/").status_code for what in asked]
    assert found == [200, 404, 404, 404, 404]


def test_it_moves_when_the_first_day_of_the_version_comes_and_the_log_says_so(first: Agreement) -> None:
    review = planned(first)
    second = next_version(first, at=NOON, first_day=date(2026, 4, 20))
    moved = []
    for at in (NOON + 18 * DAY, NOON + 19 * DAY):
        enter_due(at=at)
        moved.append(Review.objects.get(pk=review.pk).agreement)
    assert moved == [first, second]
    found = ConfigChange.objects.filter(kind="sla.review", object_id=str(review.pk)).order_by("pk")
    [created, changed] = found
    assert (created.action, changed.action, changed.actor) == ("created", "changed", None)
    with translation.override("en"):
        [line] = told(changed).lines
    assert (told(changed).kind, line.label, line.before, line.after) == (
        "Review meeting", "Agreement", ["Spring"], ["Spring (v2)"],
    )  # fmt: skip


def test_a_held_review_stays_with_the_version_it_was_held_under(first: Agreement) -> None:
    held = hold_review(review_id=planned(first).pk, actor=head(first), at=NOON)
    second = next_version(first, at=NOON + 20 * DAY)
    held.refresh_from_db()
    assert (held.agreement, to_plan(at=NOON + 21 * DAY)) == (first, second)
