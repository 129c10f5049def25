from .acting import act, take_back
from .dashboard import dashboard, dashboard_csv, dashboard_part
from .ledger import lead_clocks, reminders
from .promises import promises
from .queue import queue

__all__ = [
    "act",
    "dashboard",
    "dashboard_csv",
    "dashboard_part",
    "lead_clocks",
    "promises",
    "queue",
    "reminders",
    "take_back",
]
