"""Uploaded files as one table: CSV in any usual spelling, or the first sheet of an XLSX workbook.

Bounded whatever the file claims: rows are handed on one by one, and of a workbook the parts that
are held in memory are measured before they are unpacked (a small archive can hold gigabytes).
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from io import TextIOWrapper
from itertools import chain
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _

from ..errors import UnusableTable
from .tables import ARCHIVE, Record, delimiter_of, encoding_of, records

MOST_ROWS = 1_000_000
MOST_SHEET_ROWS = 100_000
"""A workbook takes ten times as long to read as CSV, and the person waits for it."""

MOST_COLUMNS = 200
MOST_UNPACKED = 400 * 1024**2
MOST_SHARED = 64 * 1024**2
"""Bytes of a workbook's texts: the one part that has to be in memory as a whole."""

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
"""How PDFs and pictures begin."""

BROKEN = (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError)
"""What openpyxl raises for archives that are no workbooks, or damaged ones."""


@dataclass(slots=True)
class Table:
    """``header``: as written, blank names included; ``rows`` may be read once. ``details`` says how
    it was read: encoding and delimiter, or the sheet."""

    header: list[str]
    rows: Iterator[Record]
    details: dict[str, str]
    most_rows: int = MOST_ROWS


def open_table(file: IO[bytes]) -> Table:
    """Raises UnusableTable, also while the rows are read. The kind is told by the content alone."""
    start = file.read(4)
    file.seek(0)
    if start.startswith(OLD_EXCEL):
        raise UnusableTable(_("This is an old Excel file (.xls); save it as .xlsx or CSV."))
    if start.startswith(NO_TABLES):
        raise UnusableTable(_("This is a PDF or a picture; save the table itself as .xlsx or CSV."))
    table = _workbook(file) if start.startswith(ARCHIVE) else _text(file)
    if not any(name.strip() for name in table.header):
        raise UnusableTable(_("The file is empty: its first line must name the columns."))
    if len(table.header) > MOST_COLUMNS:
        raise UnusableTable(_("More than %(n)d columns.") % {"n": MOST_COLUMNS})
    return table


def _text(file: IO[bytes]) -> Table:
    encoding = encoding_of(file)
    file.seek(0)
    text = TextIOWrapper(file, encoding, newline="")
    try:
        first = text.readline(BIG_LINE)
        text.seek(0)
        delimiter = delimiter_of(first)
        found = records(text, delimiter=delimiter)
        header = next(found, Record(1, []))
    except UnicodeError:
        raise _undecodable() from None
    if header.fault:
        raise UnusableTable(_("This is no table: %(why)s") % {"why": header.fault})
    if "\x00" in first:
        raise _undecodable()
    details = {"encoding": encoding, "delimiter": delimiter}
    return Table([cell.strip() for cell in header.cells], _checked(found), details)


BIG_LINE = 1 << 20


def _checked(found: Iterator[Record]) -> Iterator[Record]:
    try:
        for record in found:
            if any(cell.strip() for cell in record.cells) or record.fault:
                yield record
    except UnicodeError:
        raise _undecodable() from None


def _undecodable() -> UnusableTable:
    return UnusableTable(_("The characters cannot be read; save the table as .xlsx, or as CSV in UTF-8."))


def _workbook(file: IO[bytes]) -> Table:
    """Values as they were last calculated; formulas are not run, links are not followed."""
    from openpyxl import load_workbook  # a tenth of a second to load, which few processes need

    try:
        _measure(file)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet: Any = next(iter(book.worksheets), None)
        if sheet is None:
            raise UnusableTable(_("The workbook has no sheet."))
        sheet.reset_dimensions()  # what a sheet says of its own size need not be true
        found = _sheet_rows(sheet)
        header = next(found, Record(1, []))
    except BROKEN as error:
        raise UnusableTable(_("This is no Excel workbook, or it is damaged.")) from error
    names = [cell.strip() for cell in header.cells]
    return Table(
        _trimmed(names), _fitted(found, len(_trimmed(names))), {"sheet": sheet.title}, MOST_SHEET_ROWS
    )


def _measure(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    shared = sum(part.file_size for part in parts if not part.filename.startswith("xl/worksheets/"))
    if shared > MOST_SHARED or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnusableTable(_("The workbook is too large when unpacked; save it as CSV."))
    file.seek(0)


def _sheet_rows(sheet: Any) -> Iterator[Record]:
    """Rows that hold anything; a sheet may claim a row a billion lines below the last one."""
    rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
    for number, values in enumerate(rows, start=1):
        if number > 2 * MOST_SHEET_ROWS:
            raise too_many_rows(MOST_SHEET_ROWS)
        cells = [_cell(value) for value in values]
        if any(cell.strip() for cell in cells):
            yield Record(number, cells)


def _fitted(found: Iterator[Record], width: int) -> Iterator[Record]:
    """A workbook has no cells where nothing was written: rows are filled up to the header."""
    try:
        for record in chain(found):
            cells = _trimmed(record.cells)
            yield Record(record.number, cells + [""] * (width - len(cells)))
    except BROKEN as error:
        raise UnusableTable(_("This is no Excel workbook, or it is damaged.")) from error


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def too_many_rows(most: int) -> UnusableTable:
    return UnusableTable(_("More than %(n)d rows; split the file, or save a workbook as CSV.") % {"n": most})


def _cell(value: object) -> str:
    """A value as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
