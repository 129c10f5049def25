"""Which roles may open a page."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest

from ..access import View, for_roles
from ..enums import Role
from ..models import User


def only_for(*roles: Role) -> Callable[[View], View]:
    """The view is for these roles: others get 403, strangers sign in first."""
    guard = for_roles(frozenset(roles))

    def decorate(view: View) -> View:
        return login_required(guard(view))

    return decorate


def person_of(request: HttpRequest) -> User:
    """Who is signed in; for views that only signed-in people reach."""
    assert isinstance(request.user, User)
    return request.user
