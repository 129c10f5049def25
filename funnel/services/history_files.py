"""The export files of a past funnel, checked against their mapping."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from leads.errors import UnusableTable
from leads.services.tables import Record, delimiter_of, encoding_of, ragged, records

from ..errors import FunnelError
from ..rules.history import Problem
from ..rules.mapping import FileMapping


class UnusableFile(FunnelError):
    """The file as a whole cannot be read, or lacks mapped columns; nothing was loaded from it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record: ``number`` is the line of the file it begins on; ``row`` None when unreadable."""

    number: int
    row: dict[str, str] | None
    problem: Problem | None
    position: int


class Export:
    """An export file, checked when it is made: raises ``UnusableFile``."""

    def __init__(self, path: Path, mapping: FileMapping) -> None:
        self.path, self.mapping = path, mapping
        try:
            with path.open("rb") as raw:
                self.encoding = mapping.encoding or encoding_of(raw)
            self.size = path.stat().st_size
            with self._open() as text:
                self.delimiter = mapping.delimiter or delimiter_of(text.readline())
                text.seek(0)
                self.header = [name.strip() for name in next(csv.reader(text, delimiter=self.delimiter), [])]
        except (OSError, LookupError, UnicodeError, csv.Error, UnusableTable) as error:
            raise UnusableFile(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error}) from None
        self._check_columns()

    def _check_columns(self) -> None:
        for column in sorted(self.mapping.all_columns):
            if self.header.count(column) != 1:
                found = self.header.count(column)
                raise UnusableFile(
                    _("%(file)s: the column %(column)s stands %(found)d times in the first line, not once.")
                    % {"file": self.path.name, "column": column, "found": found}
                )

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline="")

    def lines(self) -> Iterator[Line]:
        """Every record after the header; empty lines are passed over."""
        with self.path.open("rb") as raw, TextIOWrapper(raw, self.encoding, newline="") as text:
            found = records(text, delimiter=self.delimiter)
            next(found, None)
            for record in found:
                yield self._line(record, 0 if record.fault else raw.tell())

    def _line(self, record: Record, position: int) -> Line:
        if record.fault:
            return Line(record.number, None, Problem("", "", str(record.fault)), position)
        if message := ragged(record, self.header):
            text = self.delimiter.join(record.cells)[:200]
            return Line(record.number, None, Problem("", text, str(message)), position)
        return Line(record.number, dict(zip(self.header, record.cells, strict=True)), None, position)
