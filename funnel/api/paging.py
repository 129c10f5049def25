"""Queries and links of lists that go on with a cursor."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from smarketing.accounts.api.serializers import StrictQuery

from ..rules.paging import InvalidCursor, Position, from_cursor, to_cursor

Query = TypeVar("Query", bound=StrictQuery)


def read_query(request: Request, shape: type[StrictQuery]) -> dict[str, Any]:
    """The checked parameters."""
    return checked_query(request, shape).validated_data


def checked_query(request: Request, shape: type[Query]) -> Query:
    """The valid serializer itself; a parameter given twice is refused rather than guessed about."""
    repeated = {key: [_("Give it once.")] for key, values in request.query_params.lists() if len(values) > 1}
    if repeated:
        raise ValidationError(repeated)
    query = shape(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return query


def position_asked(asked: dict[str, Any], *, sort: str) -> Position | None:
    if "cursor" not in asked:
        return None
    try:
        return from_cursor(asked["cursor"], sort=sort)
    except InvalidCursor:
        raise ValidationError({"cursor": [_("This is not a cursor of this list.")]}) from None


def next_link(request: Request, last: Position | None) -> str | None:
    if last is None:
        return None
    parameters = {**request.query_params.dict(), "cursor": to_cursor(last)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")
