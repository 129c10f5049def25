"""A new password by mail. What the pages say never depends on whether the address is known."""

from typing import Any

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..forms.passwords import AskForm
from ..forms.signing_in import WINDOW_SECONDS
from ..models import User
from ..reset_tokens import reset_tokens
from ..services.audit import changing
from ..services.profiles import ask_password_reset
from ..toasts import toast


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request, request.POST or None)
    if not form.is_valid():
        answer = render(request, "accounts/ask_password.html", {"form": form})
        if form.throttled:
            answer.status_code = 429
            answer["Retry-After"] = str(WINDOW_SECONDS)
        return answer
    ask_password_reset(email=form.cleaned_data["email"], at=timezone.now())
    return redirect("accounts:password-asked")


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_asked.html")


class Choose(views.PasswordResetConfirmView):
    """The link of the mail. Django keeps its token out of the address before anything is shown."""

    http_method_names = ("get", "head", "post")
    template_name = "accounts/reset_password.html"
    token_generator = reset_tokens
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: Any) -> HttpResponse:
        with changing(form.user, actor=form.user, at=timezone.now()):
            answer = super().form_valid(form)
        toast(self.request, _("Your new password counts from now on. Sign in with it."))
        return answer


class Change(views.PasswordChangeView):
    http_method_names = ("get", "head", "post")
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        person = User.objects.get(pk=form.user.pk)  # what the request carries is a lazy stand-in
        with changing(person, actor=person, at=timezone.now()):
            answer = super().form_valid(form)
        toast(self.request, _("Your password was changed. Other devices have to sign in again."))
        return answer
