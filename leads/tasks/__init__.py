"""Jobs of the leads room, one module per concern; beat names them."""

from .scoring import rescore_due, run_rescore

__all__ = ["rescore_due", "run_rescore"]
