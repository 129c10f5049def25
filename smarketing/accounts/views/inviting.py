"""Letting somebody in: a link to choose a password, by mail or by hand."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..models import User
from ..services.audit import changing
from ..toasts import toast

logger = logging.getLogger(__name__)
LINK_DAYS = settings.PASSWORD_RESET_TIMEOUT // 86400


@sensitive_variables("link")
def invite(request: HttpRequest, user: User) -> HttpResponse:
    """Mail the link; without a mail server, or when it fails, show it this once.

    The page is the answer to the POST itself: the link is kept nowhere.
    """
    link = invitation_link(user)
    sent = bool(settings.EMAIL_URL) and _mail(user, link)
    if sent:
        toast(request, _("The invitation was mailed to %(address)s.") % {"address": user.email})
    context = {"person": user, "link": "" if sent else link, "days": LINK_DAYS}
    answer = render(request, "settings/invited.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def invitation_link(user: User) -> str:
    """Works once, and until the password is set or the days are over."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL + reverse("accounts:invitation", args=[uid, token])


def _mail(user: User, link: str) -> bool:
    with translation.override(user.language):
        text = render_to_string("accounts/invitation.txt", {"person": user, "link": link, "days": LINK_DAYS})
        subject = _("Your access to Smarketing")
    try:
        return bool(send_mail(subject, text, None, [user.email]))
    except (SMTPException, OSError):
        logger.warning("The invitation of user %s could not be mailed", user.pk, exc_info=True)
        return False


class Invitation(PasswordResetConfirmView):
    """Who follows the link chooses their own password; nobody else ever knows it."""

    template_name = "accounts/choose_password.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: Any) -> HttpResponse:
        person = form.user
        with changing(person, actor=person, at=timezone.now()):
            answer = super().form_valid(form)
        toast(self.request, _("Your password is set. Sign in with it."))
        return answer
