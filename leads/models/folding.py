"""What ``rules.folding.fold`` does, as an expression of the database."""

from typing import Any

from django.db.models import Func, TextField, Value
from django.db.models.functions import Lower

from ..rules.folding import FROM, KEPT_TO, TO


def folded(expression: Any, *, keep_own: bool = False) -> Func:
    """In small letters, without accents; ``keep_own``: except letters of their own."""
    to = Value(KEPT_TO if keep_own else TO)
    return Func(Lower(expression), Value(FROM), to, function="translate", output_field=TextField())
