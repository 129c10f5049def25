"""Seconds in logarithmic buckets: medians from sums, at a known error.

Whole seconds below ``EXACT`` have a bucket each; above, a bucket is ``STEP`` times as wide as the
one before, and stands for its geometric middle: at most sqrt(1.05) - 1 = 2.5 % off.
``selectors.rollup_sql`` has the same formula in SQL; a test holds them together.
"""

import math
from collections.abc import Mapping

EXACT = 40
STEP = 1.05


def bucket_of(seconds: int) -> int:
    if seconds < EXACT:
        return max(seconds, 0)
    return EXACT + math.floor(math.log(seconds / EXACT) / math.log(STEP))


def value_of(bucket: int) -> float:
    """The seconds that a bucket stands for."""
    if bucket < EXACT:
        return float(bucket)
    return EXACT * STEP ** (bucket - EXACT + 0.5)


def middle(counts: Mapping[int, int]) -> tuple[int, int] | None:
    """The two middle values of a multiset given as ``{value: times}`` (equal when odd); None if empty."""
    size = sum(counts.values())
    if size <= 0:
        return None
    low = high = None
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if low is None and seen * 2 >= size:
            low = value
        if seen * 2 > size:
            high = value
            break
    assert low is not None and high is not None
    return low, high


def median_seconds(buckets: Mapping[int, int]) -> float | None:
    """Median of a histogram in seconds, within 2.5 % (exact below ``EXACT`` seconds)."""
    found = middle(buckets)
    return None if found is None else (value_of(found[0]) + value_of(found[1])) / 2


def median(counts: Mapping[int, int]) -> float | None:
    """Exact median of ``{value: times}``."""
    found = middle(counts)
    return None if found is None else (found[0] + found[1]) / 2
