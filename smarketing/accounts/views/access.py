"""Which roles may open a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from ..enums import Role
from ..models import User

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]


def only_for(*roles: Role) -> Callable[[View], View]:
    """The view is for these roles: others get 403, strangers sign in first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if person_of(request).role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def person_of(request: HttpRequest) -> User:
    """Who is signed in; for views that only signed-in people reach."""
    assert isinstance(request.user, User)
    return request.user
