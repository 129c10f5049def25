"""What ``rules.folding.fold`` does, as an expression of the database."""

from typing import Any

from django.db.models import Func, TextField, Value
from django.db.models.functions import Lower

from ..rules.folding import FROM, TO


def folded(expression: Any) -> Func:
    """In small letters, without accents."""
    return Func(Lower(expression), Value(FROM), Value(TO), function="translate", output_field=TextField())
