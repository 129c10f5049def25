from .leads import lead, leads
from .report import report

__all__ = ["lead", "leads", "report"]
