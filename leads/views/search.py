"""The search field of every page: a list below it while typing, a page on Enter."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from smarketing.accounts.models import User

from ..selectors.finding import Found, find

LONGEST = 200
AT_A_GLANCE = 5
ON_A_PAGE = 25


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    glance = request.headers.get("HX-Request") == "true"
    most = AT_A_GLANCE if glance else ON_A_PAGE
    found = find(user=request.user, text=text, most=most) if text else Found([], [], [])
    page = "leads/search_glance.html" if glance else "leads/search.html"
    return render(request, page, {"text": text, "found": found, "most": most})
