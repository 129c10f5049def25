"""What differs between two states of one thing, field by field."""

from collections.abc import Collection, Mapping
from typing import Any

EMPTY: tuple[Any, ...] = (None, "", [], {})


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], *, secrets: Collection[str] = ()
) -> list[dict[str, Any]]:
    """One entry for each field whose value differs, in the order of the fields.

    A field that one side lacks counts as empty there, and empty to empty is no difference. Of a
    list of rows (mappings) only those that went and those that came are told. Of a secret the
    entry tells nothing but that it differs.
    """
    found: list[dict[str, Any]] = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new or (old in EMPTY and new in EMPTY):
            continue
        if name in secrets:
            found.append({"field": name, "secret": True})
            continue
        if _are_rows(old) or _are_rows(new):
            old, new = _without(old or [], new or []), _without(new or [], old or [])
        if old or new or not isinstance(old, list):
            found.append({"field": name, "before": old, "after": new})
    return found


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _without(rows: list[Any], others: list[Any]) -> list[Any]:
    """Rows that `others` lacks; of equal rows as many stay as there are more of them."""
    left = list(others)
    kept = []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            kept.append(row)
    return kept
