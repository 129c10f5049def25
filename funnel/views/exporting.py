"""Lists as files: CSV row by row while it is read, XLSX from a file on disk; nothing grows in memory.

Moments are told in the reader's zone, which the head of their column names: a workbook knows no zones,
and of a CSV file spreadsheets read a moment as such only without an offset.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils.timezone import get_current_timezone, localtime, now
from django.utils.translation import get_language, override

from leads.rules.cells import inert

from ..models.journey import JourneyQuerySet
from ..selectors.lead_columns import Column, Value

ROWS_AT_ONCE = 1000
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML, and so a workbook, cannot hold."""

BOM = "\ufeff"
"""By it Excel knows that the file is UTF-8."""


def as_csv(found: QuerySet[Any], columns: Sequence[Column], *, name: str = "leads") -> StreamingHttpResponse:
    """A line a row; ``columns`` say what of it."""
    # The rows are made while the answer is sent, after the request's language and zone are gone.
    language, zone = get_language() or "en", get_current_timezone()

    def lines() -> Iterator[str]:
        with override(language):
            yield BOM + _line(_head(columns, zone))
            for row in found.iterator(chunk_size=ROWS_AT_ONCE):
                values = (column.value(row) for column in columns)
                yield _line([_text(value, zone) for value in values])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{_name(name, "csv")}"'
    return answer


def as_xlsx(found: JourneyQuerySet, columns: Sequence[Column]) -> FileResponse:
    from openpyxl import Workbook  # a tenth of a second to load, which few processes need

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Leads")
    sheet.append(_head(columns, get_current_timezone()))
    for journey in found.iterator(chunk_size=ROWS_AT_ONCE):
        sheet.append([_cell(sheet, column.value(journey)) for column in columns])
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, as_attachment=True, filename=_name("leads", "xlsx"), content_type=kind)


def _name(name: str, kind: str) -> str:
    return f"{name}-{localtime(now()):%Y-%m-%d}.{kind}"


def _head(columns: Sequence[Column], zone: tzinfo) -> list[str]:
    named = ((str(column.label), column.timed) for column in columns)
    return [f"{label} ({zone})" if timed else label for label, timed in named]


def _line(values: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _text(value: Value, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return "" if value is None else inert(str(value))


def _cell(sheet: Any, value: Value) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, datetime):
        moment = WriteOnlyCell(sheet, value=localtime(value).replace(second=0, microsecond=0, tzinfo=None))
        moment.number_format = "yyyy-mm-dd hh:mm"
        return moment
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value))
    cell.data_type = "s"  # text stays text, also when it begins like a formula
    return cell
