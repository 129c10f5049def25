"""The demo company: played through the real services, so its facts must hold together."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from funnel.enums import Reason
from funnel.models import StageChange
from leads.enums import SubmissionStatus
from leads.models import Submission
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from smarketing.accounts.models import User
from smarketing.demo.people import DOMAIN, SHOWN
from smarketing.embedded.management.commands import serve

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize(
    "when", ["2026-11-29T23:40", "2026-11-30T09:10", "2027-01-01T00:05", "2027-01-06T12:00"]
)
def test_at_every_hour_something_waits_for_everybody(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """On a Sunday night, at the begin of a week, of a year, and on a holiday; even if hardly anybody came."""
    now = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Madrid"))
    monkeypatch.setattr(timezone, "now", lambda: now)
    call_command("demo", leads=3, stdout=StringIO())
    ahead = Clock.objects.filter(state=ClockState.RUNNING, due_at__gt=now)
    assert {clock.kind for clock in ahead} == set(ClockKind)
    given_up = StageChange.objects.filter(reason=Reason.UNREACHABLE, lead__activities__is_contact=True)
    attempts = given_up.annotate(n=Count("lead__activities")).values_list("n", flat=True)
    assert max(attempts) >= 5  # as agreed
    assert Submission.objects.filter(status=SubmissionStatus.FAILED).count() == 1
