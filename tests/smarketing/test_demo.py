"""The demo company: played through the real services, so its facts must hold together."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Min
from django.utils import timezone

from funnel.enums import Reason, Status
from funnel.models import Journey, StageChange
from leads.enums import RuleSetStatus, SubmissionStatus
from leads.models import Lead, RuleSet, Submission
from sla.enums import ClockKind, ClockState
from sla.models import Agreement, Clock, Dispute, Mail, Reminder, Review, ReviewDecision
from sla.selectors.agreed import conflicts_of
from sla.selectors.agreements import signatures_of
from smarketing.accounts.models import User
from smarketing.demo.people import DOMAIN, PASSWORD, SHOWN
from smarketing.embedded.management.commands import serve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(transactional_db: None) -> str:
    """What the command printed after a short story."""
    out = StringIO()
    call_command("demo", leads=60, stdout=out)
    return out.getvalue()


def test_every_month_of_the_story_is_said_once(transactional_db: None) -> None:
    said: list[str] = []
    call_command("demo", leads=40, stdout=StringIO(), tell=said.append)
    assert said == [f"  month {month} of 6 …" for month in range(1, 7)]


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


def test_the_teams_meet_and_the_mediator_has_to_decide(told: str) -> None:
    assert sorted(Dispute.objects.values_list("state", flat=True)) == ["open", "upheld"]
    assert [one.is_held for one in Review.objects.order_by("starts_at")] == [True, True, False]
    decided = ReviewDecision.objects.order_by("due_on")
    assert [one.done_at is not None for one in decided] == [True, False]
    assert decided[0].agreement == Agreement.objects.get(version=2)


def test_both_heads_have_agreed_and_the_product_works_with_it(told: str) -> None:
    agreed = Agreement.objects.order_by("first_day", "version")
    assert [one.status_on(timezone.localdate()) for one in agreed] == ["superseded", "in_force", "draft"]
    assert conflicts_of(agreed[1]).parts == []
    assert {row.user.first_name for row in signatures_of(agreed[1])} == {"Marcus", "Renata"}


def test_what_leads_are_worth_was_agreed_before_the_first_came(told: str) -> None:
    live = RuleSet.objects.get(status=RuleSetStatus.LIVE)
    first = Journey.objects.aggregate(at=Min("entered_at"))["at"]
    assert live.published_at is not None and live.published_at < first


def test_demo_data_never_mixes_with_real_data() -> None:
    User.objects.create_user("somebody@example.com")
    with pytest.raises(CommandError):
        call_command("demo", stdout=StringIO())


def test_the_first_start_keeps_the_sign_ins(transactional_db: None, tmp_path: Path, monkeypatch) -> None:
    def few(name: str, **options: object) -> str:
        return call_command(name, leads=3, **options)

    monkeypatch.setattr(serve, "call_command", few)
    serve.Command(stdout=StringIO())._fill_when_empty(tmp_path)
    kept = (tmp_path / "sign-ins").read_text()
    assert [f"{name}@{DOMAIN}" in kept for name in SHOWN] == [True] * len(SHOWN)
    assert not (tmp_path / "demo-unfinished").exists()


@pytest.mark.parametrize("when", ["2026-11-29T23:40", "2026-11-30T09:10", "2027-01-06T12:00"])
def test_at_every_hour_something_waits_for_everybody(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """On a Sunday night, at the begin of a week and on a holiday; even if hardly anybody came."""
    now = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Madrid"))
    monkeypatch.setattr(timezone, "now", lambda: now)
    call_command("demo", leads=3, stdout=StringIO())
    ahead = Clock.objects.filter(state=ClockState.RUNNING, due_at__gt=now)
    assert {clock.kind for clock in ahead} == set(ClockKind)
    given_up = StageChange.objects.filter(reason=Reason.UNREACHABLE, lead__activities__is_contact=True)
    attempts = given_up.annotate(n=Count("lead__activities")).values_list("n", flat=True)
    assert max(attempts) >= 5  # as agreed
