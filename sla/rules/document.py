"""The content of an agreement as plain values: what is frozen, signed, shown and compared.

``Content`` has the fields of the plan as they are (days in ISO form, money and percent as text
without idle zeros), ``rates`` by stage, ``promises`` (one mapping each), ``scoring`` (None or the
version with its thresholds), ``personas``, ``people`` (each None or id and name), ``review_every``
and ``notes``.
"""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

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
