"""Request bodies, read strictly and within bounds; REST framework's defaults of this project.

Size (``DATA_UPLOAD_MAX_MEMORY_SIZE``, 413) is checked by ``request.body`` before anything is read:
the base classes matter, REST framework hands only their children the body and not the raw stream.
"""

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import QueryDict
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import DataAndFiles, FormParser, JSONParser, MultiPartParser

from ..rules.strict_json import InvalidJson, decode, loads
from ..rules.text import is_storable


class StrictJSONParser(JSONParser):
    """A JSON object: no duplicate keys, no NaN, no NUL, bounded depth and digits."""

    accepts: tuple[type, ...] = (dict,)

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            value = loads(decode(stream.read(), charset=charset_of(media_type)))
        except InvalidJson as error:
            raise refusal(str(error), error.field) from None
        if not isinstance(value, self.accepts):
            raise ParseError(_("The body must be a JSON object."))
        return value


class StrictJSONListParser(StrictJSONParser):
    """A JSON object or an array of them, for the calls that take many at once."""

    accepts = (dict, list)


class StrictFormParser(FormParser):
    """``application/x-www-form-urlencoded``: UTF-8, a bounded number of fields, no NUL."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            text = decode(stream.read(), charset=charset_of(media_type))
        except InvalidJson as error:
            raise ParseError(str(error)) from None
        if text.count("&") >= (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or 0):
            raise TooManyFieldsSent()
        try:
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not valid UTF-8.")) from None
        return fields(pairs)


class StrictMultiPartParser(MultiPartParser):
    """``multipart/form-data``; Django's own limits hold for the number of fields and files."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles:
        charset_of(media_type)
        request = (parser_context or {})["request"]
        # Django counts the fields' bytes here but not the files': no call of ours takes a file
        # larger than that, so the whole body is held to it.
        if int(request.META.get("CONTENT_LENGTH") or 0) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            raise RequestDataTooBig()
        parsed = super().parse(stream, media_type, parser_context)
        fields([(key, value) for key, values in parsed.data.lists() for value in values])
        return parsed


def charset_of(media_type: str | None) -> str:
    """The charset of a content type. Django ignores one it does not know; here it is refused."""
    _type, parameters = parse_header_parameters(media_type or "")
    charset = parameters.get("charset", "utf-8")
    try:
        decode(b"", charset=charset)
    except InvalidJson as error:
        raise ParseError(str(error)) from None
    return charset


def fields(pairs: list[tuple[str, str]]) -> QueryDict:
    """Form fields as REST framework expects them."""
    data = QueryDict(mutable=True)
    for key, value in pairs:
        if not (is_storable(key) and is_storable(value)):
            shown = key.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")[:64]
            raise refusal(_("The text contains a NUL character or half of a surrogate pair."), shown)
        data.appendlist(key, value)
    data._mutable = False
    return data


def refusal(message: str, field: str) -> ParseError | ValidationError:
    return ValidationError({field: [message]}) if field else ParseError(message)
