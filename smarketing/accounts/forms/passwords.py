"""Asking for a new password, not too often from one place."""

from typing import Any

from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.throttling import BaseThrottle

from .signing_in import count

MOST_ASKED = 10
"""In ten minutes from one address; how many mails one person gets is limited by the outbox."""


class AskForm(forms.Form):
    throttled = False
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        key = f"ask-password:{BaseThrottle().get_ident(self.request)}"  # type: ignore[arg-type]
        if cache.get(key, 0) >= MOST_ASKED:
            self.throttled = True
            raise ValidationError(_("Too many attempts. Please wait ten minutes and try again."))
        count(key)
        return super().clean()
