"""The tables of a plan: three years have thirty-six months and some hundred and fifty weeks of seven stages
each, so their cells are put together without a template."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.formats import get_format, number_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span
from smarketing.accounts.dates import Shape, day_words

register = template.Library()


@register.simple_tag
def month_heads(months: Iterable[Span]) -> SafeString:
    heads = (f'<th scope="col" class="num">{_day(month, Shape.MONTH)}</th>' for month in months)
    return mark_safe("".join(heads))


@register.simple_tag
def month_cells(months: Iterable[tuple[Span, int]]) -> SafeString:
    return mark_safe(_cells(((_day(month, Shape.MONTH), number) for month, number in months), grouped()))


@register.simple_tag
def week_rows(weeks: Iterable[tuple[Span, Sequence[tuple[Stage, int]]]]) -> SafeString:
    # As text: a label that is translated when it is written would be so in every cell.
    shown, names = grouped(), {stage: escape(str(stage.label)) for stage in STAGES}
    rows = []
    for week, counts in weeks:
        cells = _cells(((names[stage], number) for stage, number in counts), shown)
        rows.append(f"<tr>{_head(week, Shape.DATE)}{cells}</tr>")
    return mark_safe("".join(rows))


@register.simple_tag
def month_rows(months: Iterable[tuple[Span, int, int]]) -> SafeString:
    """What is planned and what can be worked; more than that is marked."""
    shown = grouped()
    rows = []
    for month, planned, can in months:
        wanted = f"<strong>{shown(planned)}</strong>" if planned > can else shown(planned)
        cells = f'<td class="num">{wanted}</td><td class="num">{shown(can)}</td>'
        rows.append(f"<tr>{_head(month, Shape.MONTH)}{cells}</tr>")
    return mark_safe("".join(rows))


@register.simple_tag
def people_rows(people: Iterable[Mapping[str, Any]]) -> SafeString:
    """What each can work; ``most`` None: as many as come."""
    shown, names = grouped(), {stage: escape(str(stage.label)) for stage in STAGES}
    labels = [
        escape(label)
        for label in (_("Stage"), _("Working hours a month"), _("At most in 30 days"), _("Leads a month"))
    ]
    rows = []
    for one in people:
        most = '<span class="muted">–</span>' if one["most"] is None else shown(one["most"])
        cells = "".join(
            f'<td class="num" data-label="{label}">{value}</td>'
            for label, value in zip(labels[1:], (shown(one["hours"]), most, shown(one["can"])), strict=True)
        )
        stage = f'<td data-label="{labels[0]}">{names[one["stage"]]}</td>'
        rows.append(f'<tr><th scope="row">{escape(one["name"])}</th>{stage}{cells}</tr>')
    return mark_safe("".join(rows))


def grouped() -> Callable[[int], str]:
    """``intcomma`` of whole numbers in the active language, which is looked up once."""
    separator = escape(get_format("THOUSAND_SEPARATOR"))
    if get_format("NUMBER_GROUPING") != 3:
        return lambda number: escape(number_format(number, force_grouping=True))
    return lambda number: f"{number:,}".replace(",", separator)


def _head(part: Span, shape: Shape) -> str:
    return f'<th scope="row">{_day(part, shape)}</th>'


def _day(part: Span, shape: Shape) -> str:
    assert part.first is not None
    return escape(day_words(part.first, shape))


def _cells(numbers: Iterable[tuple[str, int]], shown: Callable[[int], str]) -> str:
    """Each says what it is, where no head stands above it."""
    return "".join(f'<td class="num" data-label="{name}">{shown(number)}</td>' for name, number in numbers)
