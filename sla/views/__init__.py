from .acting import act, take_back
from .ledger import lead_clocks, reminders
from .queue import queue

__all__ = ["act", "lead_clocks", "queue", "reminders", "take_back"]
