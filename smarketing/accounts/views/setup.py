"""The first steps of an installation; each may be left and taken up again."""

import logging

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ..enums import Role
from ..errors import NotAllowed
from ..forms.setup import CompanyForm, FirstForm
from ..models import Organization
from ..navigation import setup_steps
from ..selectors.setup import is_untouched
from ..services.setup import finish_setup, found_company, rename_company, tick_step
from ..setup_code import setup_address
from ..toasts import toast
from .access import only_for, person_of

logger = logging.getLogger(__name__)


@sensitive_post_parameters("password", "again", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponseBase:
    """While nobody can sign in, whoever has the setup code founds the company; afterwards for
    administrators."""
    if not request.user.is_authenticated and is_untouched():
        return _found(request)
    return steps(request)


def _found(request: HttpRequest) -> HttpResponse:
    initial = {"language": request.LANGUAGE_CODE[:2], "code": request.GET.get("code", "")[:200]}
    form = FirstForm(request.POST or None, initial=initial)
    if request.method == "GET":
        logger.warning("The first steps of this installation: %s", setup_address(settings.SITE_URL))
    if request.method == "POST" and form.is_valid():
        try:
            admin = found_company(
                company=form.cleaned_data["company"],
                password=form.cleaned_data["password"],
                values=form.person(),
                at=timezone.now(),
            )
        except NotAllowed as error:
            form.add_error(None, str(error))
        else:
            login(request, admin)
            return redirect("accounts:settings-setup")
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/first.html", {"form": form}, status=status)


@only_for(Role.ADMIN)
def steps(request: HttpRequest) -> HttpResponse:
    company = Organization.objects.first()
    form = CompanyForm(request.POST or None, instance=company)
    if request.method == "POST" and form.is_valid():
        rename_company(name=form.cleaned_data["name"], actor=person_of(request), at=timezone.now())
        toast(request, _("The company was saved."))
        return redirect("accounts:settings-setup")
    ticked = set(company.steps_done) if company else set()
    rows = [
        {"step": step, "done": bool(step.key in ticked or step.is_done()), "ticked": step.key in ticked}
        for step in setup_steps()
    ]
    context = {
        "company": company,
        "form": form,
        "rows": rows,
        "done": len([row for row in rows if row["done"]]) + bool(company),
        "total": len(rows) + 1,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/setup.html", context, status=status)


@only_for(Role.ADMIN)
@require_POST
def tick(request: HttpRequest, key: str) -> HttpResponse:
    known = {step.key for step in setup_steps()}
    if key in known and Organization.objects.exists():
        done = request.POST.get("done") == "1"
        tick_step(key=key, done=done, actor=person_of(request), at=timezone.now())
    return redirect("accounts:settings-setup")


@only_for(Role.ADMIN)
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    if Organization.objects.exists():
        finish_setup(actor=person_of(request), at=timezone.now())
        toast(request, _("The setup is finished. Everything stays here in the settings."))
    return redirect("accounts:settings")
