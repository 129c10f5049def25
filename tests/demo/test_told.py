"""What holds of the story of the demo company."""

import pytest
from django.db.models import Min
from django.utils import timezone

from funnel.enums import Status
from funnel.models import Journey
from leads.enums import RuleSetStatus, SubmissionStatus
from leads.models import Lead, RuleSet, Submission
from sla.models import Agreement, Clock, Dispute, Mail, Reminder, Review, ReviewDecision
from sla.rules.document import worth_in
from sla.selectors.agreed import conflicts_of
from sla.selectors.agreements import signatures_of
from smarketing.accounts.models import User
from smarketing.demo.people import DOMAIN, PASSWORD, SHOWN

pytestmark = pytest.mark.django_db


def test_the_story_holds_together(told: str) -> None:
    lines = [line.split()[0] for line in told.splitlines() if f"@{DOMAIN}" in line]
    assert lines == [f"{name}@{DOMAIN}" for name in SHOWN]
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in lines)
    assert set(Submission.objects.values_list("status", flat=True)) == {
        SubmissionStatus.PROCESSED,
        SubmissionStatus.QUARANTINED,
        SubmissionStatus.FAILED,
        SubmissionStatus.REJECTED,
    }
    assert Journey.objects.current().count() == Lead.objects.current().count() > 0
    assert Journey.objects.exclude(status=Status.ACTIVE).exists()
    assert Clock.objects.exclude(ended_at=None).exists()
    assert Reminder.objects.exclude(ended_at=None).exists()
    assert Mail.objects.exclude(address__endswith=".example").count() == 0


def test_every_month_of_the_story_is_said_once(said: list[str]) -> None:
    assert said == [f"  month {month} of 6 …" for month in range(1, 7)]


def test_the_teams_meet_and_the_mediator_has_to_decide() -> None:
    assert sorted(Dispute.objects.values_list("state", flat=True)) == ["open", "upheld"]
    assert [one.is_held for one in Review.objects.order_by("starts_at")] == [True, True, False]
    decided = ReviewDecision.objects.order_by("due_on")
    assert [one.done_at is not None for one in decided] == [True, False]
    assert decided[0].agreement == Agreement.objects.get(version=2)


def test_both_heads_have_agreed_and_the_product_works_with_it() -> None:
    agreed = Agreement.objects.order_by("first_day", "version")
    assert [one.status_on(timezone.localdate()) for one in agreed] == ["superseded", "in_force", "draft"]
    assert conflicts_of(agreed[1]).parts == []
    assert {row.user.first_name for row in signatures_of(agreed[1])} == {"Marcus", "Renata"}


def test_what_leads_are_worth_was_agreed_before_the_first_came() -> None:
    live = RuleSet.objects.get(status=RuleSetStatus.LIVE)
    first = Journey.objects.filter(imported_at=None).aggregate(at=Min("entered_at"))["at"]
    assert live.published_at is not None and live.published_at < first


def test_what_an_mql_is_worth_stands_in_what_was_signed() -> None:
    (in_force,) = Agreement.objects.in_force_on(timezone.localdate())
    worth = worth_in(in_force.frozen or {})
    assert worth is not None and set(worth.groups) == {"chief", "director", "manager", "specialist"}
    assert worth.groups["chief"][0] > worth.mean > worth.groups["director"][0]
