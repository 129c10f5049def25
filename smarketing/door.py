"""The landing pages' door has a shorter way to its view than a page for people.

Sessions, sign-in, CSRF, htmx, kept forms, messages: a post from a landing page has none of it, and
passing all of it took as long as storing the submission. What a visitor and their browser are owed
(language, headers, problem documents) is in ``settings.DOOR_MIDDLEWARE``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, get_resolver
from django.utils.module_loading import import_string

DOOR = "/api/v1/forms/"


class _ShortWay(BaseHandler):
    """Django's own handler with other middleware; theirs is only what they do around the call."""

    def __init__(self) -> None:
        # What Django's handler asks when it calls the view: middleware that also acts there.
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        way = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for name in reversed(settings.DOOR_MIDDLEWARE):
            way = convert_exception_to_response(import_string(name)(way))
        self.way: Callable[[Any], Any] = way

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The same few addresses are posted to again and again; looking one up tries six patterns."""
        request.resolver_match = found = _resolved(request.path_info)
        return found

    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Never: a submission is stored by a transaction of its own."""
        return view


@lru_cache(maxsize=256)
def _resolved(path: str) -> ResolverMatch:
    return get_resolver().resolve(path)


class DoorMiddleware:
    """Stands first: what begins with ``DOOR`` goes the short way, everything else on as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.door = _ShortWay().way

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way = self.door if request.path_info.startswith(DOOR) else self.get_response
        return way(request)


class PlainPolicyMiddleware:
    """The content security policy of what has no nonce: reckoned once, not for every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        answer.headers.setdefault(HEADER, self.policy)
        return answer
