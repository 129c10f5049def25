"""Where a day begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User


def start(request: HttpRequest) -> HttpResponse:
    """Reps begin with what to do next, executives with what reached them, everybody else with the
    dashboard; all of them ask for the sign-in."""
    role = request.user.role if isinstance(request.user, User) else ""
    if role == Role.EXECUTIVE:
        return redirect("sla:executive")
    return redirect("sla:queue" if role in REP_ROLES else "sla:dashboard")
