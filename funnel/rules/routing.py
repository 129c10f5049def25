"""Who of a pool is next: round robin by the lowest (calibration + assigned) ÷ weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from smarketing.accounts.enums import Role

WORKERS: dict[str, frozenset[Role]] = {
    "sdr": frozenset({Role.SDR, Role.MANAGER, Role.ADMIN}),
    "ae": frozenset({Role.AE, Role.MANAGER, Role.ADMIN}),
}
"""Roles that may work a lead given to a pool for SDRs or AEs; others could not move it on."""


CAPACITY_WINDOW = timedelta(days=30)
"""Capacity is how many leads somebody gets in this time at most."""


@dataclass(frozen=True)
class Candidate:
    """A pool member at the moment of choice. ``given``: leads received in the last 30 days."""

    member_id: int
    user_id: int
    role: str
    weight: int
    calibration: float
    assigned: int
    capacity: int | None
    given: int
    user_active: bool
    member_active: bool
    absent: bool

    @property
    def level(self) -> float:
        return (self.calibration + self.assigned) / self.weight


@dataclass(frozen=True)
class Choice:
    """``skipped`` tells of everybody passed over and why; ``chosen`` None: nobody was eligible."""

    chosen: Candidate | None
    skipped: tuple[tuple[Candidate, str], ...]


def why_skipped(candidate: Candidate, *, target: str) -> str:
    """Empty when eligible, else the key of the reason."""
    if not candidate.user_active:
        return "inactive"
    if not candidate.member_active:
        return "paused"
    if candidate.role not in WORKERS[target]:
        return "role"
    if candidate.absent:
        return "absent"
    if candidate.capacity is not None and candidate.given >= candidate.capacity:
        return "capacity"
    return ""


def choose(candidates: Sequence[Candidate], *, target: str) -> Choice:
    """The eligible candidate with the lowest level; ties go to the longest-standing member."""
    skipped = tuple((c, why) for c in candidates if (why := why_skipped(c, target=target)))
    passed_over = {c.member_id for c, _why in skipped}
    eligible = [c for c in candidates if c.member_id not in passed_over]
    chosen = min(eligible, key=lambda c: (c.level, c.member_id), default=None)
    return Choice(chosen, skipped)


def newcomer_calibration(candidates: Sequence[Candidate], *, weight: int) -> float:
    """Lifts a newcomer to the pool's mean level, so that they are not flooded until they catch up."""
    if not candidates:
        return 0.0
    return weight * sum(c.level for c in candidates) / len(candidates)


def why_passed_by(
    *,
    countries: Sequence[str],
    least: int | None,
    most: int | None,
    country: str,
    employees: int | None,
) -> str:
    """Why a rule does not take a lead: "country", "size_unknown", "size"; empty when it does.

    The same as ``services.pool_rows.LOCK``, which asks the database; a test holds them together.
    """
    if countries and country not in countries:
        return "country"
    if least is None and most is None:
        return ""
    if employees is None:
        return "size_unknown"
    outside = (least is not None and employees < least) or (most is not None and employees > most)
    return "size" if outside else ""
