"""Signing in and out."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from ..forms.signing_in import WINDOW_SECONDS, SignInForm


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        if form.throttled:
            answer.status_code = 429
            answer["Retry-After"] = str(WINDOW_SECONDS)
        return answer
