"""Reading tables as they come: any of the usual encodings and delimiters, ragged rows and all."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _

from ..errors import UnusableTable

DELIMITERS = ",;\t|"
BLOCK = 1 << 20
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ARCHIVE = b"PK\x03\x04"
QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True, slots=True)
class Record:
    """``number`` is the line of the file it begins on; with a ``fault`` there may be no cells."""

    number: int
    cells: list[str]
    fault: Message | None = None


def encoding_of(raw: IO[bytes]) -> str:
    """By its first bytes; else UTF-8 if the whole file is; else what Windows writes in the west.

    Raises UnusableTable for an archive, which every spreadsheet is.
    """
    start = raw.read(4)
    if start.startswith(ARCHIVE):
        raise UnusableTable(_("This is a spreadsheet or an archive; export it as CSV."))
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


def delimiter_of(line: str) -> str:
    """What separates the cells of a first line; what stands in quotes does not count."""
    return max(DELIMITERS, key=QUOTED.sub("", line).count)


def records(text: Iterable[str], *, delimiter: str) -> Iterator[Record]:
    """Every record, the header as the first; empty lines are passed over.

    Strict about quotation marks: a stray one would quietly swallow the rows that follow it.
    """
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            yield Record(number, [], _fault(error))
            if isinstance(error, UnicodeError):
                return  # the decoder cannot find its place again
            continue
        if cells:
            yield Record(number, cells)


def _fault(error: Exception) -> Message:
    if "end of data" in str(error):
        return _("A quotation mark is opened in this row and never closed.")
    if isinstance(error, UnicodeError):
        return _("The characters from here on cannot be read; save the table as .xlsx, or as CSV in UTF-8.")
    if "field limit" in str(error):
        return _("A value in this row is too long to be read.")
    return _("A quotation mark stands inside a value of this row; double it, or take it out.")


def ragged(record: Record, header: list[str]) -> Message | None:
    """What to say of a record that does not fit the header."""
    if len(record.cells) == len(header):
        return None
    return _("%(found)d cells instead of %(wanted)d.") % {"found": len(record.cells), "wanted": len(header)}


def fault_of(record: Record, header: list[str]) -> Message | None:
    """Why nothing of a record can be read, or kept by PostgreSQL."""
    fault = record.fault or ragged(record, header)
    if fault is None and any("\x00" in cell for cell in record.cells):
        return _("The text contains a NUL character.")
    return fault
