from .ledger import lead_clocks, reminders
from .queue import queue

__all__ = ["lead_clocks", "queue", "reminders"]
