"""Tables of numbers. Fifty reps times eight promises are three thousand cells: a template for each cell took
longer than reckoning them, so they are put together here."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ..views.tables import Cell, Row, Table

register = template.Library()
FITS, FITS_WITH_BARS, FITS_WITH_MONEY = 3, 2, 1
"""Columns that stand beside each other on a phone; rows of more are stacked there."""
NUMBER = ' class="num"'


@register.simple_tag
def table_body(table: Table, bars: bool = False, money: bool = False, within: str = "") -> SafeString:
    """``bars``: one column has them; ``money``: its numbers are long; ``within``: id of the heading of
    the part of the page, where several tables are called the same."""
    fits = FITS_WITH_MONEY if money else FITS_WITH_BARS if bars else FITS
    stacks = len(table.head) > fits
    named = f"{within} table-{table.key}".strip()
    looks = {"data-bars": bars, "data-money": money, "stack is-long": stacks}
    classes = " ".join(["data data-wraps", *(name for name, has in looks.items() if has)])
    # Each cell says what it is where no head stands above it.
    labels = [f' data-label="{escape(name)}"' if stacks else "" for name in table.head[1:]]
    return mark_safe(
        f'<div class="table-wrap" tabindex="0" role="region" aria-labelledby="{escape(named)}">'
        f'<table class="{classes}"><thead><tr>{_head(table.head)}</tr></thead>'
        f"<tbody>{''.join(_row(row, labels) for row in table.rows)}</tbody></table></div>"
    )


def _head(names: list[str]) -> str:
    return "".join(
        f'<th scope="col"{NUMBER if place else ""}>{escape(name)}</th>' for place, name in enumerate(names)
    )


def _row(row: Row, labels: list[str]) -> str:
    cells = "".join(_cell(cell, label) for cell, label in zip(row.cells, labels, strict=True))
    strong = ' class="is-sum"' if row.strong else ""
    return f'<tr{strong}><th scope="row">{escape(row.head)}</th>{cells}</tr>\n'


def _cell(cell: Cell, label: str) -> str:
    text = escape(cell)
    shown = f'<a href="{escape(cell.url)}">{text}</a>' if cell.url else f"<span>{text}</span>"
    if cell.share is None:
        return f'<td class="num"{label}>{shown}</td>'
    return f'<td class="num"{label}><span class="bar-cell">{_bar(cell)}{shown}</span></td>'


def _bar(cell: Cell) -> str:
    mark = "" if cell.mark is None else f'<rect class="bar-mark" x="{cell.mark:.2f}" width=".8" height="10"/>'
    return (
        '<svg class="bar-line" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{cell.share:.2f}" height="10"/>{mark}</svg>'
    )
