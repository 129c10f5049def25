"""Reading exports as they come: any of the usual encodings and delimiters, ragged rows and all."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from ..errors import FunnelError
from ..rules.history import Problem
from ..rules.mapping import FileMapping

DELIMITERS = ",;\t|"
BLOCK = 1 << 20
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


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
                self.encoding = mapping.encoding or _encoding_of(raw)
            self.size = path.stat().st_size
            with self._open() as text:
                first = text.readline()
                self.delimiter = mapping.delimiter or max(DELIMITERS, key=first.count)
                text.seek(0)
                self.header = [name.strip() for name in next(csv.reader(text, delimiter=self.delimiter), [])]
        except (OSError, LookupError, UnicodeError, csv.Error) as error:
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
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader, None)
            while True:
                number = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, UnicodeError) as error:
                    yield Line(number, None, Problem("", "", str(error)), 0)
                    if isinstance(error, UnicodeError):
                        return  # the decoder cannot find its place again
                    continue
                if cells:
                    yield self._line(number, cells, raw.tell())

    def _line(self, number: int, cells: list[str], position: int) -> Line:
        if len(cells) != len(self.header):
            message = _("%(found)d cells instead of %(wanted)d.") % {
                "found": len(cells),
                "wanted": len(self.header),
            }
            return Line(number, None, Problem("", self.delimiter.join(cells)[:200], message), position)
        return Line(number, dict(zip(self.header, cells, strict=True)), None, position)


def _encoding_of(raw: IO[bytes]) -> str:
    """By its first bytes; else UTF-8 if the whole file is; else what Windows writes in the west."""
    start = raw.read(4)
    if start.startswith(b"PK\x03\x04"):
        raise UnusableFile(_("This is a spreadsheet or an archive; export it as CSV."))
    for bom, name in BOMS.items():
        if start.startswith(bom):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    raw.seek(0)
    try:
        while block := raw.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
