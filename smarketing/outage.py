"""What a person sees when the server cannot answer: 503 while the database is away, else 500."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

RETRY_AFTER = 10
"""Seconds; a restart of PostgreSQL takes about that long."""


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Plain templates: a context processor could ask the database again."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if away else 500
    page = HttpResponse(loader.get_template(f"{status}.html").render(), status=status)
    if away:
        page["Retry-After"] = str(RETRY_AFTER)
    return page
