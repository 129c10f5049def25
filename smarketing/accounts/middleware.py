"""A signed-in person reads pages in their own language and time zone."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone, translation

from .enums import Origin
from .forms.signing_in import SignInForm
from .kept_forms import keep
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
        if is_sign_in(answer):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        stays = answer.status_code < HTTPStatus.MULTIPLE_CHOICES and not LEAVING & set(answer.headers)
        return with_toasts(request, answer) if stays else answer


def is_sign_in(answer: HttpResponse) -> bool:
    """A view for signed-in people sent somebody to the sign-in page, who is to come back.

    Signing out and a new password lead there too, but not back.
    """
    if answer.status_code != HTTPStatus.FOUND:
        return False
    place = urlsplit(answer["Location"])
    return place.path == resolve_url(settings.LOGIN_URL) and REDIRECT_FIELD_NAME in parse_qs(place.query)


class KeptFormMiddleware:
    """Who sends a form after the session has ended signs in first and sends it then.

    Stands before the views and after the check against forged forms, so that only forms of our own
    pages are kept. Files are not: the page says what it carries.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if request.method != "POST" or not is_sign_in(answer):
            return answer
        values = [(name, value) for name, many in request.POST.lists() for value in many]
        text = keep(path=request.get_full_path(), values=values) if values else ""
        if not text:
            return answer
        context = {"form": SignInForm(request), "kept": text, "next": "/"}
        page = render(request, "accounts/sign_in.html", context, status=HTTPStatus.UNAUTHORIZED)
        page["Cache-Control"] = "no-store"
        return page


LEAVING = {"HX-Redirect", "HX-Refresh", "HX-Location"}
"""With these the browser loads a page, which shows the messages itself."""
