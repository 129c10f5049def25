"""What a person sees when the server cannot do what they asked: pages that say what to do next.

503 while the database is away, 500 for a defect, and for what a room refuses (`problems.STATUSES`)
the page of its status. The API answers by `problems` alone.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import translation

from smarketing import problems

RETRY_AFTER = 10
"""Seconds; a restart of PostgreSQL takes about that long."""

ELSEWHERE = ("/api/", "/admin/")
"""They say themselves what went wrong."""

LAST_WORDS = "Smarketing: something went wrong on our side. · Algo falló de nuestro lado."


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Nothing here may ask the database again: no context processors, and the
    language is the browser's, not the person's."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if away else 500
    try:
        with translation.override(translation.get_language_from_request(request)):
            text = loader.get_template(f"{status}.html").render({"here": request.get_full_path()})
    except Exception:  # a page about a defect must not need what is defective
        text = LAST_WORDS
    page = HttpResponse(text, status=status)
    if away:
        page["Retry-After"] = str(RETRY_AFTER)
    return page


class RefusalMiddleware:
    """A page for what a room refuses and the view does not answer itself, with the room's words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        # Django's own errors have Django's handlers; a broken database has the one above.
        if isinstance(error, Http404 | PermissionDenied | DatabaseError | InterfaceError):
            return None
        if request.path_info.startswith(ELSEWHERE):
            return None
        status = problems.status_of(error)
        if status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        page = f"{status}.html" if status in (403, 404, 409) else "refused.html"
        return render(request, page, {"why": problems.words_of(error)}, status=status)
