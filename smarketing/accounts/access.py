"""Pages for some roles only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from .enums import Role
from .models import User

View = Callable[..., HttpResponseBase]


def for_roles(roles: frozenset[Role], *, writes: frozenset[Role] | None = None) -> Callable[[View], View]:
    """Of one of these roles, else 403; ``writes`` narrows what is not GET or HEAD.

    Stands inside ``login_required`` and the check of the method: who is not signed in is asked to,
    and a method that nobody may use is 405 for everybody.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            assert isinstance(request.user, User)
            allowed = roles if writes is None or request.method in ("GET", "HEAD") else writes
            if request.user.role not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
