"""Small exports for the import tests."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from funnel.rules.mapping import read_mapping
from funnel.services.history import FileResult, import_history

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEADS = "id,day,page,origin,mail\nL1,2025-01-10,p1,social,ana@example.com\nL2,2025-01-11,p2,,\n"
DEALS = (
    "lead,sdr,ae,won,money,size\nL1,sdr-1,ae-1,2025-02-01 10:00:00,1200.50,small\nL2,sdr-1,,2025-02-03,,\n"
)


def document(**changes: Any) -> dict[str, Any]:
    """A mapping for ``LEADS`` and ``DEALS``; ``leads`` and ``deals`` in ``changes`` add options."""
    leads = {
        "file": "leads.csv",
        "columns": {
            "external_id": "id",
            "entered_at": "day",
            "landing_page": "page",
            "source": "origin",
            "email": "mail",
        },
    }
    deals = {
        "file": "deals.csv",
        "currency": "BRL",
        "columns": {"lead": "lead", "won_at": "won", "sdr": "sdr", "ae": "ae", "amount": "money"},
        "data": {"company_size": "size"},
    }
    return {"leads": leads | changes.get("leads", {}), "deals": deals | changes.get("deals", {})}


def run(folder: Path, **changes: Any) -> list[FileResult]:
    mapping = read_mapping(document(**changes))
    return import_history(mapping=mapping, folder=folder, report=folder / "report.csv", at=AT)


def load(folder: Path, leads: str | bytes = LEADS, deals: str | bytes = DEALS) -> list[FileResult]:
    for name, content in (("leads.csv", leads), ("deals.csv", deals)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return run(folder)


def reported(folder: Path) -> list[str]:
    """The report's lines as ``file:line column outcome``, in order."""
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        return ["{file}:{line} {column} {outcome}".format(**row) for row in csv.DictReader(file)]
