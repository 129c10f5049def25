"""Load a past funnel from exports: leads, deals and the people who worked them.

Each batch is one transaction and each row is recognised by its external id, so a run that was
killed goes on where it stopped, and another run adds nothing.

No signal is sent: the promises of today were not made for leads of the past. Their journeys carry
``imported_at``, by which reconcile tells them from a hand-off whose signal was missed; the first
move after it makes such a journey as live as any other.
"""

import csv
import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.models import Lead
from leads.rules.cells import inert

from ..errors import FunnelError
from ..models import Journey, Opportunity, StageChange
from ..rules.history import Problem, RowFaulty, RowReader
from ..rules.mapping import Mapping
from . import rollups
from .history_files import Export, Line
from .history_rows import DealLoader, LeadLoader, Loader

BATCH = 1000
_LOCK = 7_351_904_222

Progress = Callable[[str, int, int], None]
"""Told the file's name, the bytes read so far and its size, after each batch."""


class AlreadyImporting(FunnelError):
    """Another import is running."""


FILLED = (Lead, Journey, StageChange, Opportunity)


@dataclass(slots=True)
class FileResult:
    """``added + known + skipped`` rows were read; ``noted``: something is odd, loaded all the same."""

    file: str
    added: int = 0
    known: int = 0
    skipped: int = 0
    noted: int = 0


def import_history(
    *, mapping: Mapping, folder: Path, report: Path, at: dt.datetime, progress: Progress | None = None
) -> list[FileResult]:
    """Load the mapped files of ``folder`` and write what was odd to ``report``, row by row.

    Raises ``UnusableFile`` before anything is written, and ``AlreadyImporting``.
    """
    work: list[tuple[Export, Loader]] = [
        (Export(folder / mapping.leads.file, mapping.leads), LeadLoader(stage=mapping.stage, at=at))
    ]
    if mapping.deals is not None:
        loader = DealLoader(currency=mapping.currency)
        work.append((Export(folder / mapping.deals.file, mapping.deals), loader))
    with _alone(), _Report(report) as notes:
        results = [_load(export, loader, notes, at, progress) for export, loader in work]
    _tell_planner()
    rollups.refresh(at=at)
    return results


def _tell_planner() -> None:
    """Autovacuum counts rows at some time; until then a forecast of thousands of leads that PostgreSQL
    takes for none needs minutes instead of seconds."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in FILLED)}")


def _load(
    export: Export, loader: Loader, notes: "_Report", at: dt.datetime, progress: Progress | None
) -> FileResult:
    result = FileResult(export.path.name)
    lines = export.lines()
    while batch := list(islice(lines, BATCH)):
        found = _load_batch(batch, export, loader, result, at)
        notes.write(export.path.name, found)
        result.noted += len({line for line, problem in found if not problem.skipped})
        result.skipped += len({line for line, problem in found if problem.skipped})
        if progress is not None:
            progress(export.path.name, batch[-1].position, export.size)
    return result


def _load_batch(
    batch: list[Line], export: Export, loader: Loader, result: FileResult, at: dt.datetime
) -> list[tuple[int, Problem]]:
    """Store the batch in one transaction; returns the problems in the order of the lines."""
    rows: list[tuple[int, object]] = []
    problems: list[tuple[int, Problem]] = []
    for line in batch:
        if line.row is None:
            problems += [(line.number, line.problem)] if line.problem else []
            continue
        reader = RowReader(export.mapping, line.row, ZoneInfo(settings.TIME_ZONE), at)
        try:
            rows.append((line.number, loader.read(reader)))
            problems += [(line.number, problem) for problem in reader.problems]
        except RowFaulty as error:
            problems += [(line.number, problem) for problem in error.problems]
    with transaction.atomic():
        stored = loader.store(rows)
    result.added += stored.added
    result.known += stored.known
    return sorted(problems + stored.problems, key=lambda found: found[0])


@contextmanager
def _alone() -> Iterator[None]:
    """A session lock: it ends with the connection, so a killed import leaves none behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyImporting(_("Another import is running."))
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


class _Report:
    """The row-level report, a CSV file that appears under its name when the run is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")

    def __enter__(self) -> "_Report":
        self.file = self.part.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(["file", "line", "column", "value", "outcome", "message"])
        return self

    def write(self, name: str, problems: list[tuple[int, Problem]]) -> None:
        for line, problem in problems:
            outcome = "skipped" if problem.skipped else "noted"
            row = [name, line, problem.column, inert(problem.value), outcome, problem.message]
            self.writer.writerow(row)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
        if kind is None:
            os.replace(self.part, self.path)
