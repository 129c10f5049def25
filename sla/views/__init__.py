from .acting import act, take_back
from .dashboard import dashboard, dashboard_csv
from .ledger import lead_clocks, reminders
from .promises import promises
from .queue import queue

__all__ = [
    "act",
    "dashboard",
    "dashboard_csv",
    "lead_clocks",
    "promises",
    "queue",
    "reminders",
    "take_back",
]
