"""Building blocks for every room's serializers: text is cleaned, unknown fields are refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ..rules.text import InvalidText, clean_text


class TextField(serializers.CharField):
    """Text from outside, cleaned by `clean_text`; numbers and booleans are no text.

    Length counts after cleaning, so `max_length` is required and checked there only.
    """

    def __init__(self, *, max_length: int, multiline: bool = False, **options: Any) -> None:
        self.longest = max_length
        self.multiline = multiline
        options.setdefault("allow_blank", not options.get("required", True))
        super().__init__(max_length=max_length, **options)
        # The inherited validators would count before cleaning or repeat what `clean_text` refuses.
        self.validators = []

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # The base class tests for blank before `to_internal_value`: "\u200b" would pass as a name.
        if isinstance(data, str):
            data = self._clean(data)
        elif data is not serializers.empty and data is not None:
            self.fail("invalid")
        return super().run_validation(data)

    def _clean(self, value: str) -> str:
        try:
            return clean_text(value, max_length=self.longest, multiline=self.multiline)
        except InvalidText as error:
            raise serializers.ValidationError(str(error)) from None


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields by name: a typing error or a try at mass assignment
    (score, owner, stage) is told, never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(str(key) for key in data if key not in known):
                message = _("There is no such field, or it cannot be written.")
                raise serializers.ValidationError({key: [message] for key in unknown})
        return super().to_internal_value(data)
