from ..models import Clock
from ..rules.policy import Timekeeper
from .policies import current_book


def timekeeper(clock: Clock) -> Timekeeper:
    """How this clock reckons time. One statement; for many clocks use one ``current_book()``."""
    return current_book().keeper(clock)
