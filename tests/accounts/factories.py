"""People and tokens for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from smarketing.accounts.enums import Role, Scope, Side
from smarketing.accounts.models import ApiToken, Team, User
from smarketing.accounts.services.tokens import issue_token

number = count(1)


def make_user(role: str = Role.MARKETER, **fields: Any) -> User:
    """A person who can sign in with the password "secret"; e-mail is unique unless given."""
    serial = next(number)
    password = fields.pop("password", "secret")
    fields.setdefault("email", f"{role}{serial}@example.com")
    fields.setdefault("first_name", role.upper() if len(role) < 4 else role.title())
    fields.setdefault("last_name", str(serial))
    if role == Role.ADMIN:
        fields = {"is_staff": True, "is_superuser": True, **fields}
    return User.objects.create_user(password=password, role=role, **fields)


def make_team(side: str = Side.SALES, **fields: Any) -> Team:
    fields.setdefault("name", f"Team {next(number)}")
    return Team.objects.create(side=side, **fields)


def make_token(
    user: User | None = None, *, scopes: list[str] | None = None, at: datetime | None = None, **fields: Any
) -> tuple[ApiToken, str]:
    """A token with every scope, of an administrator, unless said otherwise."""
    return issue_token(
        user=user or make_user(role=Role.ADMIN),
        name=fields.pop("name", "test"),
        scopes=Scope.values if scopes is None else scopes,
        at=at or timezone.now(),
        **fields,
    )


def bearer(user: User | None = None, *, scopes: list[str] | None = None) -> dict[str, str]:
    """Headers for Django's test client: `client.get(url, headers=bearer(user))`."""
    return {"Authorization": f"Bearer {make_token(user, scopes=scopes)[1]}"}
