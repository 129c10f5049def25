"""Jobs of the leads room, one module per concern; beat names them."""

from .importing import forget_imports, run_imports
from .intake import retry_submissions
from .scoring import rescore_due, run_rescore

__all__ = ["forget_imports", "rescore_due", "retry_submissions", "run_imports", "run_rescore"]
