from .leads import lead, leads
from .report import report
from .start import start

__all__ = ["lead", "leads", "report", "start"]
