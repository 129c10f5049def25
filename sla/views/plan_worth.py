"""What the leads of a plan are worth, in count and in money."""

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from funnel.enums import Stage
from funnel.rules.periods import Span

from ..forms.worth import WorthForm
from ..rules.goal import Goal, needs, per_head
from ..rules.outlook import money
from ..rules.wording import group_label
from ..rules.worth import compared, each_worth, leads_needed, quality, split
from ..selectors.terms import MONTH_DAYS


def worth_shown(form: WorthForm, goal: Goal, span: Span, *, sdrs: int, aes: int) -> dict[str, Any]:
    """For a form that holds. The leads of the planned mix, each group's part and worth, and how much of
    it everybody needs for their part of the goal."""
    assert span.first is not None and span.last is not None
    need, parts = needs(goal)[Stage.MQL], form.parts()
    mix = quality(parts)
    count, days = leads_needed(need, mix), (span.last - span.first).days + 1
    leads = dict(zip((part.group for part in parts), split(count, parts), strict=True))
    labels = {part.group: group_label(form.by, part.group, form.names.get(part.group, "")) for part in parts}
    used = [part for part in parts if part.share]
    rows = [
        {
            "label": labels[part.group],
            "each": each_worth(goal, part.weight),
            "leads": leads[part.group],
            "value": leads[part.group] * each_worth(goal, part.weight),
            "times": times,
            "next": labels[after.group] if after else "",
        }
        for part, after, times in compared(used)
    ]
    return {
        "need": need,
        "count": count,
        "mix": mix,
        "rows": rows,
        "average": each_worth(goal),
        "each": each_worth(goal, mix),
        "value": count * each_worth(goal, mix),
        # As the promises begin: rounded up, so that whoever agrees on them has enough.
        "count_a_month": ceil(count * MONTH_DAYS / days),
        "value_a_month": ceil(goal.revenue * MONTH_DAYS / days),
        "quota": [
            {"role": role, "heads": heads, "leads": per_head(count, heads), "money": _part(goal, heads)}
            for role, heads in (("sdr", sdrs), ("ae", aes))
            if heads
        ],
    }


def _part(goal: Goal, heads: int) -> Decimal:
    return money(Fraction(goal.revenue) / heads)
