"""Building blocks for every room's serializers: text is cleaned, unknown fields are refused."""

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from ..rules.text import InvalidText, clean_text

M = TypeVar("M", bound=models.Model)


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


class WholeNumberField(serializers.IntegerField):
    """A JSON number: "12" and 12.0 are refused, as the schema says; for bodies, not for addresses."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class TrueFalseField(serializers.BooleanField):
    """JSON's true and false; 0, "yes" and "on" are refused, as the schema says."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields by name: a typing error or a try at mass assignment
    (score, owner, stage) is told, never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(str(key) for key in data if key not in known):
                message = self.refusal(known)
                raise serializers.ValidationError({key: [message] for key in unknown})
        return super().to_internal_value(data)

    def refusal(self, known: Collection[str]) -> str:
        """What is said of a name that is not one of ``known``."""
        return _("There is no such field, or it cannot be written.")


class StrictQuery(StrictSerializer):
    """The same for the parameters of an address, which nobody writes."""

    def refusal(self, known: Collection[str]) -> str:
        return _("There is no such parameter. There are: %(names)s.") % {"names": ", ".join(sorted(known))}


class ReadShape(serializers.ModelSerializer[M]):
    """A row as read, whose schema says that its texts can be empty.

    REST framework drops "may be blank" from what is read only, and its e-mail field cannot say it:
    the schema would promise an address, or one of the choices, where "" is sent.
    """

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.EmailField: serializers.CharField,
    }

    def include_extra_kwargs(
        self, kwargs: MutableMapping[str, Any], extra_kwargs: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        blank_choice = "choices" in kwargs and kwargs.get("allow_blank", False)
        kwargs = super().include_extra_kwargs(kwargs, extra_kwargs)
        if blank_choice:
            kwargs["allow_blank"] = True
        return kwargs
