"""Issuing, keeping and ending API tokens."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from smarketing.accounts.enums import Scope
from smarketing.accounts.errors import InvalidToken
from smarketing.accounts.models import ApiToken
from smarketing.accounts.selectors.tokens import token_with_user
from smarketing.accounts.services.tokens import note_use, revoke_token

from .factories import make_token, make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_presented_token_is_read_as_it_is_kept_and_so_is_its_user(django_assert_num_queries):
    user = make_user(muted_notifications=["sla"], reports_to=make_user())
    made, _plain = make_token(user, at=AT, expires_at=AT + timedelta(days=1))
    make_token(user, at=AT)
    kept = ApiToken.objects.select_related("user").get(pk=made.pk)
    with django_assert_num_queries(1):
        read = token_with_user(made.digest)
        assert read is not None
        assert facts(read) == facts(kept)
        assert facts(read.user) == facts(kept.user)
    assert not read._state.adding


def test_an_unknown_token_is_none():
    make_token(at=AT)
    assert token_with_user("0" * 64) is None


def facts(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_only_the_digest_is_kept():
    token, plain = make_token(at=AT)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert row["digest"] == hashlib.sha256(plain.encode()).hexdigest()
    assert plain not in str(row)


def test_a_secret_has_256_bits():
    _token, plain = make_token(at=AT)
    assert len(plain.removeprefix("smk_")) == 43  # 32 bytes in base64 without padding


def test_two_tokens_differ():
    assert make_token(at=AT)[1] != make_token(at=AT)[1]


@pytest.mark.parametrize("scopes", [[], ["everything"], [Scope.LEADS_READ, "x"]])
def test_a_token_needs_known_scopes(scopes: list[str]):
    with pytest.raises(InvalidToken) as refusal:
        make_token(scopes=scopes, at=AT)
    assert refusal.value.field == "scopes"


def test_a_token_cannot_expire_before_it_begins():
    with pytest.raises(InvalidToken) as refusal:
        make_token(at=AT, expires_at=AT)
    assert refusal.value.field == "expires_at"


def test_the_first_revocation_stays():
    token, _plain = make_token(at=AT)
    revoke_token(token=token, at=AT)
    assert revoke_token(token=token, at=AT + timedelta(days=1)).revoked_at == AT


@pytest.mark.parametrize(
    ("seconds", "noted"), [(0, 0), (59, 0), (60, 60), (61, 61)], ids=["same", "before", "at", "after"]
)
def test_use_is_noted_once_a_minute(seconds: int, noted: int):
    token, _plain = make_token(at=AT)
    note_use(token=token, at=AT)
    token.refresh_from_db()
    note_use(token=token, at=AT + timedelta(seconds=seconds))
    token.refresh_from_db()
    assert token.last_used_at == AT + timedelta(seconds=noted)
