"""API tokens: issued and shown once, revoked, never read again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from ..enums import Role
from ..forms.people import TokenForm
from ..models import ApiToken
from ..selectors.tokens import tokens_that
from ..services.tokens import issue_token, revoke_token
from ..toasts import toast
from .access import only_for, person_of
from .paging import page_of

PAGE_SIZE = 50


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("plain")
def tokens(request: HttpRequest) -> HttpResponse:
    """Those that work, or with ``ended`` those that do no more, and a form for one more; a new token is
    shown in the answer itself, nowhere else."""
    form, plain, at = TokenForm(request.POST or None), "", timezone.now()
    refused = False
    if request.method == "POST":
        refused = not form.is_valid()
        if not refused:
            values = {name: form.cleaned_data[name] for name in ("user", "name", "scopes")}
            _token, plain = issue_token(
                **values, expires_at=form.expires_at(), actor=person_of(request), at=at
            )
            form = TokenForm()
    ended = request.GET.get("ended") == "1"
    context = {"form": form, "plain": plain, "ended": ended}
    context |= page_of(request, tokens_that(work=not ended, at=at), PAGE_SIZE)
    answer = render(request, "settings/tokens.html", context, status=422 if refused else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@only_for(Role.ADMIN)
@require_POST
def end_token(request: HttpRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=token_id)
    revoke_token(token=token, actor=person_of(request), at=timezone.now())
    toast(request, _("%(token)s opens nothing any more.") % {"token": token})
    return redirect("accounts:settings-tokens")
