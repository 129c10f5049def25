"""An import killed in the middle and run again leaves exactly what an undisturbed one leaves."""

import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from funnel.models import Assignment, Journey, Opportunity, StageChange
from leads.models import Lead
from smarketing.accounts.models import User

ROOT = Path(__file__).resolve().parents[2]
LEADS, DEALS = 3000, 2000
MAPPING = """
[leads]
file = "leads.csv"
columns = { external_id = "id", entered_at = "day", source = "origin" }
[deals]
file = "deals.csv"
columns = { lead = "id", won_at = "won", sdr = "sdr", ae = "ae", amount = "money" }
"""


def write_exports(folder: Path) -> None:
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number % 500) for number in range(LEADS)]
    lines = [f"L{number},{day},{'abc'[number % 3]}" for number, day in enumerate(days)]
    lines[::700] = ["broken"] * len(lines[::700])
    (folder / "leads.csv").write_text("id,day,origin\n" + "\n".join(lines) + "\n")
    deals = [f"L{n},{days[n] + timedelta(days=n % 90)},s{n % 7},a{n % 5},{n}" for n in range(DEALS)]
    (folder / "deals.csv").write_text("id,won,sdr,ae,money\n" + "\n".join(deals) + "\n")
    (folder / "mapping.toml").write_text(MAPPING)


def start(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """The command as an operator runs it."""
    return subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "import_history",
            folder / "mapping.toml",
            "--report",
            folder / "r.csv",
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def contents() -> dict[str, list[Any]]:
    """Everything an import writes, without ids and the time of loading."""
    lead = "lead__external_id"
    return {
        "leads": list(
            Lead.objects.order_by("external_id").values_list(
                "external_id", "source", "created_at", "owner__external_id"
            )
        ),
        "journeys": list(
            Journey.objects.order_by(lead).values_list(
                lead, "stage", "status", "version", "entered_at", "mql_at", "customer_at", "closed_at"
            )
        ),
        "changes": list(
            StageChange.objects.order_by(lead, "id").values_list(lead, "move", "to_stage", "at", "seconds")
        ),
        "deals": list(
            Opportunity.objects.order_by("journey__lead__external_id").values_list("amount", "closed_at")
        ),
        "assignments": list(
            Assignment.objects.order_by(lead, "id").values_list(lead, "user__external_id", "ended_at")
        ),
        "people": list(User.objects.order_by("external_id").values_list("external_id", "role")),
    }


def kill_when(process: "subprocess.Popen[bytes]", model: Any) -> None:
    """kill -9 as soon as the first batch of ``model`` is there."""
    deadline = time.monotonic() + 60
    while not model.objects.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)


def test_a_killed_import_goes_on_to_exactly_the_same_result(
    tmp_path: Path, worker_environment: dict[str, str]
) -> None:
    write_exports(tmp_path)
    assert start(tmp_path, worker_environment).wait(timeout=120) == 0
    undisturbed, report = contents(), (tmp_path / "r.csv").read_text()
    (tmp_path / "r.csv").unlink()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, accounts_user, funnel_rollupcell, funnel_rollupdelta CASCADE")

    kill_when(start(tmp_path, worker_environment), Lead)
    assert 0 < Lead.objects.count() < LEADS - 10
    kill_when(start(tmp_path, worker_environment), Opportunity)
    assert 0 < Opportunity.objects.count() < DEALS - 10
    assert not (tmp_path / "r.csv").exists()
    assert start(tmp_path, worker_environment).wait(timeout=120) == 0

    assert contents() == undisturbed
    assert (tmp_path / "r.csv").read_text() == report
