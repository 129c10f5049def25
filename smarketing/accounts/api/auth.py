"""Who calls the API, and what they may do: a token of a user, or a browser's session.

Imports nothing from ``rest_framework.views``: those modules load this one through the settings.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from ..enums import Role, Scope
from ..models import ApiToken, User
from ..selectors.tokens import token_with_user
from ..services.tokens import digest_of, note_use

WORD = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer smk_…``.

    Any presented token costs one digest and one look-up by it, and every fault gets the same
    answer: neither the time nor the text tells an unknown token from a revoked one. Stands first
    in the settings because the first class's header makes refusals 401 instead of 403.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        word, _space, plain = get_authorization_header(request).partition(b" ")
        if word.lower() != WORD.lower().encode():
            return None
        at = timezone.now()
        digest = digest_of(plain.strip().decode("ascii", "replace"))
        token = token_with_user(digest)
        if (
            token is None
            or token.revoked_at is not None
            or (token.expires_at is not None and token.expires_at <= at)
            or not token.user.is_active
        ):
            raise AuthenticationFailed(_("The token is unknown, expired or revoked."))
        note_use(token=token, at=at)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{WORD} realm="api"'


class ScopePermission(BasePermission):
    """A token needs the scope of the method; a session needs none: what its user may see and do
    is decided by their role, in selectors and services, for sessions and tokens alike. Executives
    only read, whatever their tokens say."""

    message = gettext_lazy("The token lacks the scope for this.")
    read: Scope
    write: Scope

    def scope_for(self, method: str | None) -> Scope:
        return self.read if method in SAFE_METHODS else self.write

    def has_permission(self, request: Request, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        # Asked before the method is known to exist; one that does not is 405 for everybody.
        writes = request.method not in SAFE_METHODS and hasattr(view, str(request.method).lower())
        if writes and request.user.role == Role.EXECUTIVE:
            self.message = gettext_lazy("Executives read everything and change nothing.")
            return False
        return not isinstance(request.auth, ApiToken) or self.scope_for(request.method) in request.auth.scopes


def HasScope(read: Scope, *, write: Scope | None = None) -> type[ScopePermission]:
    """``permission_classes = (HasScope(Scope.LEADS_READ, write=Scope.LEADS_WRITE),)``; `read` is for
    safe methods, `write` (default: the same) for the others."""
    return type("HasScope", (ScopePermission,), {"read": read, "write": write or read})


class RolePermission(BasePermission):
    message = gettext_lazy("Your role does not allow this.")
    roles: frozenset[Role] = frozenset()

    def has_permission(self, request: Request, view: Any) -> bool:
        return getattr(request.user, "role", None) in self.roles


def HasRole(*roles: Role) -> type[RolePermission]:
    """``permission_classes = (HasScope(…), HasRole(Role.ADMIN))``: all of them must agree."""
    return type("HasRole", (RolePermission,), {"roles": frozenset(roles)})
