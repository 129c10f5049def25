"""Somebody leaves: first it is said what happens to their leads, then it happens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import AccountsError
from smarketing.accounts.models import User
from smarketing.accounts.services.users import deactivate
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import only_for, person_of

from ..forms.routing import LeavingForm
from ..selectors.people import open_work


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def leaving(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id, is_active=True)
    form = LeavingForm(request.POST or None, leaver=user)
    if request.method == "POST" and form.is_valid():
        try:
            deactivate(
                user=user,
                at=timezone.now(),
                actor=person_of(request),
                successor=form.cleaned_data["successor"],
            )
        except AccountsError as error:
            form.add_error(None, str(error))
        else:
            toast(request, _("%(user)s can no longer sign in.") % {"user": user})
            return redirect("accounts:settings-people")
    context = {
        "person": user,
        "form": form,
        "work": open_work(user=user),
        "reports": user.reports.filter(is_active=True),
        "tokens": user.api_tokens.filter(revoked_at=None).count(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/leaving.html", context, status=status)
