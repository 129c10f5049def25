"""Teams, their side of the agreement, and which team is part of which."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..enums import Role
from ..errors import Overtaken, TeamCycle
from ..forms.people import TeamForm
from ..models import Team
from ..selectors.staff import teams_with_sizes
from ..services.people import save_team
from ..toasts import toast
from .access import only_for, person_of
from .overtaking import seen_number, what_was_seen


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The list, with a form for one more."""
    return _edit(request, None)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Team, pk=team_id))


def _edit(request: HttpRequest, found: Team | None) -> HttpResponse:
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("name", "side", "parent")}
        try:
            seen = seen_number(request)
            saved = save_team(team=found, **values, actor=person_of(request), at=timezone.now(), seen=seen)
        except TeamCycle as error:
            form.add_error("parent", str(error))
        except Overtaken:
            pass  # the page shows what the other did
        else:
            toast(request, _("%(team)s was saved.") % {"team": saved})
            return redirect("accounts:settings-teams")
    told = what_was_seen(request, found)
    name = Team.objects.get(pk=found.pk).name if found else ""
    context = {"teams": teams_with_sizes(), "form": form, "team": found, "name": name, "seen": told}
    status = told.status if request.method == "POST" else 200
    return render(request, "settings/teams.html", context, status=status)
