"""What stands in the link of a mail about a new password: good for an hour, and for nothing else."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

GOOD_FOR = 3600
"""Seconds. An invitation is good for days; this one anybody may ask for, so it ends soon."""


class ResetTokens(PasswordResetTokenGenerator):
    """Another salt than an invitation's: neither link opens the other's page."""

    key_salt = "smarketing.accounts.ResetTokens"

    def check_token(self, user: Any, token: str | None) -> bool:
        if not super().check_token(user, token):
            return False
        made = base36_to_int(str(token).split("-")[0])
        return self._num_seconds(self._now()) - made <= GOOD_FOR


reset_tokens = ResetTokens()
