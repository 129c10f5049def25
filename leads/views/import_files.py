"""What came of an import as files: the rows that could not be imported, and a line for every row."""

import csv
import io
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from smarketing.accounts.access import for_roles

from ..models import ImportRow
from ..rules.cells import inert
from ..rules.importing import OWN_COLUMNS
from ..selectors.imports import faulty_rows, imports_visible_to
from ..services.imports import IMPORTERS

BOM = "\ufeff"
"""By it Excel knows that the file is UTF-8."""

ROWS_AT_ONCE = 1000


@login_required
@require_safe
@for_roles(IMPORTERS)
def error_file(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rows that were left out, as they came, with the reason behind: mended, it is imported again."""
    imported = get_object_or_404(imports_visible_to(request.user), pk=import_id)
    places = [place for place, name in enumerate(imported.header) if name not in OWN_COLUMNS]
    header = [imported.header[place] for place in places]

    def lines() -> Iterator[list[str]]:
        yield [*header, *OWN_COLUMNS]
        for row in faulty_rows(imported).iterator(chunk_size=ROWS_AT_ONCE):
            cells = [row.cells[place] if place < len(row.cells) else "" for place in places]
            yield [*cells, *row.cells[len(imported.header) :], str(row.number), _why(row)]

    return _streamed(lines(), f"import-{imported.pk}-errors.csv")


@login_required
@require_safe
@for_roles(IMPORTERS)
def report_file(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """One line for every row: what it does or did, to which lead, and why not."""
    imported = get_object_or_404(imports_visible_to(request.user), pk=import_id)
    rows = ImportRow.objects.filter(imported=imported).select_related("lead").order_by("number")

    def lines() -> Iterator[list[str]]:
        yield ["line", "outcome", "known_by", "lead", "fills", "problems", "undone", "why_kept"]
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
            filled = [
                *row.filled.get("lead", {}),
                *row.filled.get("custom", {}),
                *row.filled.get("company", {}),
            ]
            known_by = row.external_id or row.email_key
            lead = str(row.lead_id or "")
            yield [
                str(row.number), row.outcome, known_by, lead, ", ".join(filled), _why(row), row.undone,
                str(row.kept_because),
            ]  # fmt: skip

    return _streamed(lines(), f"import-{imported.pk}-report.csv")


def _why(row: ImportRow) -> str:
    return "; ".join(f"{one.column}: {one.why}" if one.column else str(one.why) for one in row.faults)


def _streamed(lines: Iterator[list[str]], name: str) -> StreamingHttpResponse:
    # The rows are made while the answer is sent, after the request's language is gone.
    language = get_language() or "en"

    def text() -> Iterator[str]:
        with override(language):
            for number, cells in enumerate(lines):
                line = io.StringIO()
                csv.writer(line).writerow([inert(cell) for cell in cells])
                yield line.getvalue() if number else BOM + line.getvalue()

    answer = StreamingHttpResponse(text(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
