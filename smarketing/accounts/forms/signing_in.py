"""Signing in, slowly for who guesses."""

from hashlib import sha256
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework.throttling import BaseThrottle

WINDOW_SECONDS = 600
MOST_FAILURES = {"person": 10, "address": 100}
"""Failed tries in a window: of one address at one account, and of one address at all of them. An
account alone is never counted, or anybody could lock anybody out."""


class SignInForm(AuthenticationForm):
    """Refuses before the password is looked at: past the limit even the right one tells nothing."""

    throttled = False
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The e-mail address or the password is not right."),
    }

    def clean(self) -> dict[str, Any]:
        counters = self._counters()
        if any(cache.get(key, 0) >= MOST_FAILURES[kind] for kind, key in counters.items()):
            self.throttled = True
            raise ValidationError(_("Too many attempts. Please wait ten minutes and try again."))
        try:
            return super().clean()
        except ValidationError:
            for key in counters.values():
                count(key)
            raise

    def _counters(self) -> dict[str, str]:
        # REST framework's reading of X-Forwarded-For: only what proxies of ours wrote is believed.
        address = BaseThrottle().get_ident(self.request)  # type: ignore[arg-type]
        email = str(self.cleaned_data.get("username", "")).casefold()
        return {
            "person": f"sign-in:{address}:{hash_of(email)}",
            "address": f"sign-in:{address}",
        }


def hash_of(text: str) -> str:
    """A key for the cache that takes any text and tells nobody whose it is."""
    return sha256(text.encode()).hexdigest()[:32]


def count(key: str) -> None:
    """One more in this window of ten minutes."""
    if not cache.add(key, 1, WINDOW_SECONDS):
        try:
            cache.incr(key)
        except ValueError:  # it expired between the two
            cache.set(key, 1, WINDOW_SECONDS)
