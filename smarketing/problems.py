"""The one way from an error to an answer: application/problem+json (RFC 9457) under /api/.

Views and serializers raise what the rooms, REST framework, Django or the database define; nobody
else builds error answers. What never reaches a view (unknown paths, a bad host, a failed CSRF
check, a crash) is rewritten by `ProblemMiddleware`.
"""

import logging
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core import exceptions as django_errors
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.settings import api_settings

import funnel.errors
import leads.errors
import sla.errors
from smarketing.accounts import errors as accounts_errors
from smarketing.accounts.rules.strict_json import InvalidJson
from smarketing.accounts.rules.text import InvalidText

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:smarketing:problem:"
RETRY_AFTER_SECONDS = 5
HTTP_ERRORS_FROM = 400

TITLES: dict[int, Any] = {
    400: _("The request cannot be accepted as it is"),
    401: _("Sign in or send a valid token"),
    403: _("You may not do this"),
    404: _("Nothing here, or nothing that you may see"),
    405: _("This address does not take that method"),
    406: _("Not available in the format asked for"),
    409: _("This does not fit the present state"),
    410: _("This is no longer here"),
    412: _("Changed by somebody else in the meantime"),
    413: _("The request is too large"),
    415: _("This content type is not accepted"),
    422: _("The request contradicts an earlier one"),
    428: _("Say which version you are changing"),
    429: _("Too many requests"),
    500: _("Something went wrong here"),
    503: _("Not available for the moment"),
}

STATUSES: dict[type[Exception], int] = {
    leads.errors.LeadsError: 400,
    leads.errors.KeyReused: 422,
    leads.errors.StillRunning: 409,
    leads.errors.NotAllowed: 403,
    leads.errors.TooMany: 429,
    leads.errors.LeadExists: 409,
    leads.errors.StaleLead: 409,
    leads.errors.StaleRules: 409,
    leads.errors.StaleImport: 409,
    leads.errors.AgreedNumber: 409,
    funnel.errors.FunnelError: 400,
    funnel.errors.MoveNotAllowed: 409,
    funnel.errors.StaleJourney: 409,
    funnel.errors.StaleChange: 409,
    funnel.errors.AgreedNumber: 409,
    funnel.errors.NotAllowed: 403,
    sla.errors.SlaError: 400,
    sla.errors.UndoRefused: 409,
    sla.errors.AgreementStands: 409,
    sla.errors.AgreedNumber: 409,
    sla.errors.NotReady: 409,
    sla.errors.StaleAgreement: 409,
    sla.errors.AlreadyDisputed: 409,
    sla.errors.StaleReview: 409,
    sla.errors.ReviewStands: 409,
    sla.errors.AlreadyDecided: 409,
    accounts_errors.AccountsError: 400,
    accounts_errors.ReportingCycle: 409,
    accounts_errors.LastAdmin: 409,
    accounts_errors.TeamCycle: 409,
    accounts_errors.Overtaken: 409,
    accounts_errors.NotAllowed: 403,
    InvalidText: 400,
    InvalidJson: 400,
    Http404: 404,
    django_errors.ObjectDoesNotExist: 404,
    django_errors.PermissionDenied: 403,
    django_errors.RequestDataTooBig: 413,
    django_errors.SuspiciousOperation: 400,
    django_errors.BadRequest: 400,
    django_errors.ValidationError: 400,
    MultiPartParserError: 400,
    OperationalError: 503,
    InterfaceError: 503,
    DataError: 400,
    IntegrityError: 409,
    RecursionError: 400,
    UnicodeEncodeError: 400,
}
"""Looked up along the class's bases, so a new error of a room is its base's status by default."""

SILENT: tuple[type[Exception], ...] = (
    Http404,
    django_errors.ObjectDoesNotExist,
    django_errors.SuspiciousOperation,
    django_errors.BadRequest,
    django_errors.ValidationError,  # its texts go to `errors`
    MultiPartParserError,
    DatabaseError,
    InterfaceError,
    RecursionError,
    UnicodeEncodeError,
)
"""Their texts are written for developers (table names, paths), so they are not shown."""


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's hook; None lets Django log the crash, and the middleware answers it."""
    if isinstance(error, APIException):
        return _from_rest_framework(error)
    status = status_of(error)
    if status is None:
        return None
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        logger.warning("The database cannot be used: %s", error)
    answer = problem(
        status,
        detail=_detail_of(error),
        errors=list(_errors_of(error)),
        **getattr(error, "extra", {}),
    )
    if status == HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, leads.errors.StillRunning):
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    elif isinstance(error, leads.errors.TooMany):
        answer["Retry-After"] = str(error.wait)
    return answer


def status_of(error: Exception) -> int | None:
    """The HTTP status of a known error, else None."""
    for known in type(error).__mro__:
        if known in STATUSES:
            return STATUSES[known]
    # psycopg refuses NUL before PostgreSQL sees it, with a plain ValueError.
    if isinstance(error, ValueError) and "NUL (0x00)" in str(error):
        return 400
    return None


def problem(
    status: int, *, detail: str = "", errors: list[dict[str, str]] | None = None, **extra: Any
) -> JsonResponse:
    """An answer of RFC 9457; `errors` name the fields, `extra` are further members."""
    phrase = HTTPStatus(status).phrase
    document = {
        "type": TYPE + phrase.lower().replace(" ", "-").replace("'", ""),
        "title": str(TITLES.get(status, phrase)),
        "status": status,
        "detail": str(detail),
        "errors": errors or [],
        **extra,
    }
    return JsonResponse(document, status=status, content_type=CONTENT_TYPE)


def _from_rest_framework(error: APIException) -> HttpResponse:
    if isinstance(error.detail, dict | list):
        errors = list(_flatten(error.detail, ""))
        answer = problem(error.status_code, errors=errors)
    else:
        extra = getattr(error, "extra", {})
        answer = problem(error.status_code, detail=str(error.detail), **extra)
    if header := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        answer["Retry-After"] = str(max(1, round(wait)))
    return answer


def words_of(error: Exception) -> str:
    """What a room says to the person it refuses; empty when its words are for developers."""
    if isinstance(error, leads.errors.InvalidValues):
        return " ".join(str(text) for texts in error.errors.values() for text in texts)
    return _detail_of(error)


def _detail_of(error: Exception) -> str:
    silent = isinstance(error, SILENT) or type(error) is ValueError
    return "" if silent or isinstance(error, leads.errors.InvalidValues) else str(error)


def _errors_of(error: Exception) -> Iterator[dict[str, str]]:
    if isinstance(error, django_errors.ValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        yield from _flatten(detail, "")
    elif isinstance(error, leads.errors.InvalidValues):
        for name, messages in error.errors.items():
            yield from ({"field": name, "message": message} for message in messages)
    elif field := getattr(error, "field", ""):
        yield {"field": field, "message": str(error)}


def _flatten(detail: Any, place: str) -> Iterator[dict[str, str]]:
    """`{"rows": [{}, {"kind": ["Bad."]}]}` → `{"field": "rows.1.kind", "message": "Bad."}`."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            whole = key in (api_settings.NON_FIELD_ERRORS_KEY, "__all__", "")
            yield from _flatten(inner, place if whole else f"{place}.{key}" if place else str(key))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, (f"{place}.{index}" if place else str(index)) if nested else place)
    else:
        yield {"field": place, "message": str(detail)}


class ProblemMiddleware:
    """Under /api/ every error is a problem document: no HTML, no stack trace, whoever made it.

    Stands first, so it also sees what the other middleware and Django's own handlers answer.
    Only a view that answers a browser's plain HTML form marks its page with `for_reading`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if (
            answer.status_code < HTTP_ERRORS_FROM
            or not request.path_info.startswith("/api/")
            or answer.get("Content-Type", "").startswith(CONTENT_TYPE)
            or getattr(answer, "for_reading", False)
        ):
            return answer
        with translation.override(translation.get_language_from_request(request)):
            better = problem(answer.status_code)
        for name, value in answer.items():
            if name not in ("Content-Type", "Content-Length"):
                better[name] = value
        better.cookies = answer.cookies
        return better
