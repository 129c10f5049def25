from .calendars import CalendarAdmin
from .clocks import ClockAdmin
from .policies import PolicyAdmin

__all__ = ["CalendarAdmin", "ClockAdmin", "PolicyAdmin"]
