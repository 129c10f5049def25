"""A signed-in person reads pages in their own language and time zone."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from .enums import Origin
from .rules.zones import zone_named
from .services.audit import coming_from
from .toasts import with_toasts


class PersonMiddleware:
    """Stands after authentication. A language chosen in this browser wins over the profile's.

    A request without a session cookie (landing pages, tokens) is passed on untouched, so it costs
    no query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_named(request.user.time_zone)):
            return self.get_response(request)


class OriginMiddleware:
    """Tells the audit log by which way a change of configuration came in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        way = (
            Origin.ADMIN
            if path.startswith("/admin/")
            else Origin.API
            if path.startswith("/api/")
            else Origin.BROWSER
        )
        with coming_from(way):
            return self.get_response(request)


class FragmentMiddleware:
    """What htmx needs to know and a page would show by itself. Stands after HtmxMiddleware.

    A fragment never becomes the sign-in page: when the session has ended the answer is 401, and the
    page keeps what was typed and offers to sign in. Messages travel with the fragment.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if request.headers.get("HX-Request") != "true":
            return answer
        if answer.status_code == HTTPStatus.FOUND and self._is_sign_in(answer):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        stays = answer.status_code < HTTPStatus.MULTIPLE_CHOICES and not LEAVING & set(answer.headers)
        return with_toasts(request, answer) if stays else answer

    @staticmethod
    def _is_sign_in(answer: HttpResponse) -> bool:
        return urlsplit(answer["Location"]).path == resolve_url(settings.LOGIN_URL)


LEAVING = {"HX-Redirect", "HX-Refresh", "HX-Location"}
"""With these the browser loads a page, which shows the messages itself."""
