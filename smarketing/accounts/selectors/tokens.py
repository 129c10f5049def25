"""Tokens: the one that a request presents, and the list of all.

Each request to the API reads the one, and Django would put the same statement together each time,
which takes longer than asking for the row: the text is made once.
"""

from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Model, Q, QuerySet

from ..models import ApiToken, User


def token_with_user(digest: str) -> ApiToken | None:
    """With its user read, whatever became of either."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    of_token, of_user = _names(ApiToken), _names(User)
    token = ApiToken.from_db(connection.alias, of_token, row[: len(of_token)])
    token.user = User.from_db(connection.alias, of_user, row[len(of_token) :])
    return token


def tokens_that(*, work: bool, at: datetime) -> QuerySet[ApiToken]:
    """Those that work at that time, or those that were revoked or have expired."""
    working = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
    return ApiToken.objects.select_related("user").filter(working if work else ~working)


@cache
def _statement() -> str:
    quote = connection.ops.quote_name
    tables = [quote(model._meta.db_table) for model in (ApiToken, User)]
    columns = [
        f"{table}.{quote(str(field.column))}"
        for model, table in zip((ApiToken, User), tables, strict=True)
        for field in model._meta.concrete_fields
    ]
    token, user = tables
    return (
        f"SELECT {', '.join(columns)} FROM {token} JOIN {user} ON {user}.id = {token}.user_id"
        f" WHERE {token}.digest = %s"
    )


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
