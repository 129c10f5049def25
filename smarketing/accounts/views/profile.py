"""What people change about themselves."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..forms.profile import ProfileForm
from ..models import User
from ..services.profiles import change_profile
from ..toasts import toast
from .access import person_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    # Read apart: a form that is refused has already written into its object, and the frame of the
    # page shows `request.user`.
    user = User.objects.get(pk=person_of(request).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form, "person": user})
    change_profile(user=user, values=form.cleaned_data, muted=form.muted(), at=timezone.now())
    with translation.override(user.language):
        toast(request, _("Your profile was saved."))
    answer = redirect("accounts:profile")
    # The browser's choice wins over the profile; who saves the profile means both.
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
    return answer
