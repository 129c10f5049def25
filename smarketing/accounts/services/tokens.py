"""API tokens: issued once in plain text, kept as a digest."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ..enums import Scope
from ..errors import InvalidToken
from ..models import ApiToken, User
from .audit import changing, record_created

PREFIX = "smk_"
"""Lets secret scanners and people recognise a token that leaked."""

SECRET_BYTES = 32
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def digest_of(plain: str) -> str:
    """SHA-256 is enough: 256 random bits cannot be guessed, so slow hashing would buy nothing."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    scopes: Collection[str],
    at: datetime,
    expires_at: datetime | None = None,
    actor: User | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which nobody can read again later. Raises InvalidToken."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise InvalidToken(_("Choose at least one scope of those offered."), field="scopes")
    if expires_at is not None and expires_at <= at:
        raise InvalidToken(_("The token would already have expired."), field="expires_at")
    plain = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=plain[: len(PREFIX) + 4],
        digest=digest_of(plain),
        scopes=sorted(set(scopes)),
        created_at=at,
        expires_at=expires_at,
    )
    record_created(token, actor=actor, at=at)
    return token, plain


def revoke_token(*, token: ApiToken, at: datetime, actor: User | None = None) -> ApiToken:
    """The token opens nothing from now on; a second revocation keeps the first time."""
    with changing(token, actor=actor, at=at):
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
    token.refresh_from_db(fields=["revoked_at"])
    return token


def note_use(*, token: ApiToken, at: datetime) -> None:
    """Keep when the token was last used, to the minute: one write per minute, not per request."""
    before = at - USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= before:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)
