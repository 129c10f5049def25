"""Signing in and out."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..forms.signing_in import WINDOW_SECONDS, SignInForm
from ..kept_forms import in_words, kept
from ..selectors.setup import is_untouched


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_untouched():
            return redirect("accounts:settings-setup")
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        found = kept(self.request.POST.get("kept", ""))
        if found is None:
            return answer
        shown = in_words(found.values)
        # The person decides: what was typed long ago, or by somebody else here, is not sent by itself.
        return render(self.request, "accounts/send_again.html", {"kept": found, "shown": shown})

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        return super().get_context_data(kept=self.request.POST.get("kept", ""), **values)

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        if form.throttled:
            answer.status_code = 429
            answer["Retry-After"] = str(WINDOW_SECONDS)
        return answer
