"""Where a day begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User


def start(request: HttpRequest) -> HttpResponse:
    """Reps begin with what to do next, everybody else with the dashboard; both ask for the sign-in."""
    is_rep = isinstance(request.user, User) and request.user.role in REP_ROLES
    return redirect("sla:queue" if is_rep else "sla:dashboard")
