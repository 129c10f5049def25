"""Which of two current journeys stays current when their leads turn out to be one person."""

from dataclasses import dataclass
from datetime import datetime

from ..enums import OPEN, RANK, Status


@dataclass(frozen=True)
class Standing:
    stage: str
    status: str
    entered_at: datetime

    @property
    def worth(self) -> tuple[bool, bool, int, datetime]:
        """A customer stays a customer; then open before closed, else an active lead would vanish
        behind an old loss; then the furthest stage; then the most recent entry."""
        return (self.status == Status.WON, self.status in OPEN, RANK[self.stage], self.entered_at)


def first_survives(first: Standing, second: Standing) -> bool:
    """True when ``first`` is worth at least as much as ``second``."""
    return first.worth >= second.worth
