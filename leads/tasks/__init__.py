"""Jobs of the leads room, one module per concern; beat names them."""

from .intake import retry_submissions
from .scoring import rescore_due, run_rescore

__all__ = ["rescore_due", "retry_submissions", "run_rescore"]
