"""The content of an agreement as plain values: what is frozen, signed, shown and compared.

``Content`` has the fields of the plan as they are (days in ISO form, money and percent as text
without idle zeros), ``rates`` by stage, ``promises`` (one mapping each), ``scoring`` (None or the
version with its thresholds), ``effort`` (of ``rules.capacity``, each part may be
None) and ``worth`` (what an MQL of each group is worth, or None), both missing in what was frozen before
plans had them, ``personas``, ``people`` (each None or id and name),
``review_every`` and ``notes``.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from funnel.enums import Stage
from funnel.rules.periods import Span

from ..enums import Feature
from .agreed import Promise
from .goal import Goal
from .worth import Part, Worth, each_worth, quality

Content = dict[str, Any]


def plain(value: Decimal | None) -> str | None:
    """As a person writes it: no exponent, no idle zeros."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def fingerprint(content: Mapping[str, Any]) -> str:
    """Equal for equal content, whatever the order of its keys."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def goal_in(content: Mapping[str, Any]) -> Goal:
    rates = {Stage(stage): Fraction(Decimal(row["percent"])) / 100 for stage, row in content["rates"].items()}
    return Goal(Decimal(content["revenue"]), Decimal(content["sale"]), rates)


def span_in(content: Mapping[str, Any]) -> Span:
    return Span(dt.date.fromisoformat(content["first_day"]), dt.date.fromisoformat(content["last_day"]))


def promises_in(content: Mapping[str, Any]) -> list[Promise]:
    return [
        Promise(
            kind=row["kind"],
            amount=None if row["amount"] is None else Decimal(row["amount"]),
            minutes=row["minutes"],
            days=row["days"],
            source=row["source"],
        )
        for row in content["promises"]
    ]


def parts_in(content: Mapping[str, Any]) -> list[Part]:
    """The groups of leads that the plan tells apart; none where it does not."""
    rows = (content.get("worth") or {}).get("rows", [])
    return [Part(row["group"], Decimal(row["weight"]), Decimal(row["share"])) for row in rows]


def mix_in(content: Mapping[str, Any]) -> Decimal:
    """How many average MQLs one of the planned mix counts as."""
    return quality(parts_in(content))


def worth_in(content: Mapping[str, Any]) -> Worth | None:
    """What both sides agreed that an MQL is worth; None: nothing."""
    worth = content.get("worth")
    if not worth:
        return None
    goal = goal_in(content)
    measured_on = {row["group"]: row["leads"] for row in worth["rows"]}
    groups = {
        part.group: (each_worth(goal, part.weight), measured_on[part.group]) for part in parts_in(content)
    }
    return Worth(None, each_worth(goal), groups, Feature(worth["by"]))
