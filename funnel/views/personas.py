"""Buyer personas: whom they describe, how their leads fare, and whether the profile is right."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.errors import InvalidValue, StaleRules
from leads.forms.personas import AttributeRows, PersonaPageForm, rows_of, stored, typed_rows
from leads.models import Persona, Rescore
from leads.rules.conditions import Condition, read_conditions
from leads.rules.wording import condition_words
from leads.selectors.personas import selection
from leads.services.landing import EDITORS, may_edit
from leads.services.personas import save_persona, version_of
from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import Measure, Reason
from ..forms import EntryForm
from ..selectors.funnel_report import funnel_report
from ..selectors.personas import leads_now, of_persona, persona_rows, returned_by_reason

READERS = frozenset(Role) - REP_ROLES
PROFILE = frozenset({Reason.WRONG_FIT, Reason.NO_AUTHORITY, Reason.NO_NEED, Reason.NO_BUDGET})
"""Reasons that speak against the profile rather than the moment."""
WORRYING = 25.0
"""Percent of handed leads given back for such a reason from which the page asks whether it is right."""
LOOKED_AT, DAYS = 3_000, 89


@login_required
@require_safe
@for_roles(READERS)
def personas(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    rows = persona_rows(filters=form.filters(_user(request)))
    known = [row.persona for row in rows if row.persona]
    now = leads_now(_user(request), known)
    context = {
        "form": form,
        "rows": [_shown(row, now) for row in rows],
        "known": known,
        "may_edit": may_edit(_user(request)),
        "rescore": _running(),
    }
    return render(request, "funnel/personas.html", context)


@login_required
@require_safe
@for_roles(READERS)
def persona(request: HttpRequest, persona_id: int) -> HttpResponse:
    """The agreed description, its funnel, and why sales gave leads back."""
    found = get_object_or_404(Persona, pk=persona_id)
    form = _form(request)
    filters = of_persona(form.filters(_user(request)), persona_id)
    # No sums are kept by persona, and how long they stayed is most of the work and not shown.
    report = funnel_report(filters=filters, is_dated=False, measures=(Measure.STATE, Measure.DEAL))
    reasons = returned_by_reason(filters=filters)
    handed = next(row.entered.count for row in report.stages if row.stage == "mql")
    wrong = sum(number.count for reason, number in reasons if reason in PROFILE)
    context = {
        "persona": found,
        "form": form,
        "attributes": attributes(found),
        "report": report,
        "reasons": reasons,
        "most": max([number.count for _reason, number in reasons], default=1),
        "leads_now": leads_now(_user(request), [found]).get(found.pk, 0),
        "wrong": wrong,
        "wrong_share": 100 * wrong / handed if handed else None,
        "is_worrying": bool(handed) and 100 * wrong / handed >= WORRYING,
        "may_edit": may_edit(_user(request)),
        "seen": version_of(found),
        "rescore": _running(),
    }
    return render(request, "funnel/persona.html", context)


@login_required
@require_POST
@for_roles(EDITORS)
def switch_persona(request: HttpRequest, persona_id: int) -> HttpResponse:
    """On or off; 409 when somebody changed it since."""
    found = get_object_or_404(Persona, pk=persona_id)
    try:
        saved = save_persona(
            persona_id=persona_id,
            values={"is_active": request.POST.get("active") == "1"},
            seen=request.POST.get("seen", ""),
            actor=_user(request),
            at=timezone.now(),
        )
    except StaleRules as error:
        context = {"persona": found, "message": str(error)}
        return render(request, "funnel/persona_stale.html", context, status=HTTPStatus.CONFLICT)
    text = _("%(name)s selects leads again.") if saved.is_active else _("%(name)s selects nobody any more.")
    toast(request, text % {"name": saved.name})
    return redirect("funnel:persona", persona_id=persona_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(EDITORS)
def edit_persona(request: HttpRequest, persona_id: int | None = None) -> HttpResponse:
    """``try`` in the body shows whom it would select and saves nothing; ``ask`` chooses another field."""
    found = get_object_or_404(Persona, pk=persona_id) if persona_id else None
    if request.method != "POST":
        initial = {"seen": version_of(found)} if found else {}
        form = PersonaPageForm(instance=found, initial=initial)
        return _page(request, found, form, AttributeRows(prefix="is", initial=rows_of(found)))
    if "ask" in request.POST or "more" in request.POST:
        form = PersonaPageForm(instance=found, initial=_typed(request))
        rows: Any = AttributeRows(prefix="is", initial=typed_rows(request.POST, "is"))
        return _page(request, found, form, rows)
    name = found.name if found else ""
    form = PersonaPageForm(request.POST, instance=found)
    rows = AttributeRows(request.POST, prefix="is")
    if not all([form.is_valid(), rows.is_valid()]):
        return _page(request, found, form, rows, HTTPStatus.UNPROCESSABLE_ENTITY, name=name)
    if "try" in request.POST:
        return _page(request, found, form, rows, name=name, tried=_tried(request, form, rows, persona_id))
    try:
        saved = save_persona(
            persona_id=persona_id,
            values=form.values(stored(rows.conditions())),
            seen=form.cleaned_data["seen"],
            actor=_user(request),
            at=timezone.now(),
        )
    except StaleRules as error:
        return _stale(request, get_object_or_404(Persona, pk=persona_id or 0), str(error))
    except InvalidValue as error:
        form.add_error(None, str(error))
        return _page(request, found, form, rows, HTTPStatus.UNPROCESSABLE_ENTITY, name=name)
    toast(request, _("The persona was saved."))
    return redirect("funnel:persona", persona_id=saved.pk)


def attributes(persona: Persona) -> list[str]:
    return [condition_words(condition) for condition in read_conditions(persona.criteria)]


def _page(
    request: HttpRequest,
    found: Persona | None,
    form: PersonaPageForm,
    rows: Any,
    status: int = HTTPStatus.OK,
    *,
    name: str = "",
    **more: Any,
) -> HttpResponse:
    # What is typed is on the instance by now: the heading keeps the name that is stored.
    title = (name or found.name) if found else _("New persona")
    context = {"form": form, "rows": rows, "persona_id": found and found.pk, "title": title, **more}
    return render(request, "funnel/persona_edit.html", context, status=status)


def _stale(request: HttpRequest, now: Persona, message: str) -> HttpResponse:
    """Both versions; sent again it is done on purpose."""
    data = request.POST.copy()
    data["seen"] = version_of(now)
    stands = [now.name, _("Priority %d") % now.position, *attributes(now), now.description]
    form, rows = PersonaPageForm(data, instance=now), AttributeRows(data, prefix="is")
    return _page(
        request,
        now,
        form,
        rows,
        HTTPStatus.CONFLICT,
        name=now.name,
        message=message,
        now=filter(None, stands),
    )


def _tried(request: HttpRequest, form: PersonaPageForm, rows: Any, persona_id: int | None) -> dict[str, Any]:
    asked: list[Condition] = rows.conditions()
    found = selection(
        asked,
        persona_id=persona_id,
        position=form.cleaned_data["position"],
        name=form.cleaned_data["name"],
        user=_user(request),
        sample=LOOKED_AT,
    )
    names: dict[int, str] = dict(Persona.objects.values_list("pk", "name"))
    taken = [
        (names[whose], found.estimate(n))
        for whose, n in found.taken.most_common()
        if whose is not None and whose != persona_id and whose in names
    ]
    return {
        "selection": found,
        "matching": found.estimate(found.matching),
        "selected": found.estimate(found.selected),
        "taken": taken,
    }


def _form(request: HttpRequest) -> EntryForm:
    """The last three months unless another day is asked for; an empty day is all time."""
    data = request.GET.copy()
    if "entered_from" not in data:
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        data["entered_from"] = (today - timedelta(days=DAYS)).isoformat()
    form = EntryForm(data)
    del form.fields["persona"]
    return form


def _shown(row: Any, now: dict[int, int]) -> dict[str, Any]:
    persona = row.persona
    return {
        "row": row,
        "persona": persona,
        "attributes": attributes(persona) if persona else [],
        "leads_now": now.get(persona.pk, 0) if persona else None,
        "mql": row.reached["mql"],
        "entered": row.reached["new_name"],
        "won": row.reached["customer"],
    }


def _typed(request: HttpRequest) -> dict[str, Any]:
    names = ("seen", "name", "description", "position")
    return {name: request.POST.get(name, "") for name in names} | {"is_active": "is_active" in request.POST}


def _running() -> Rescore | None:
    return Rescore.objects.filter(finished_at=None).order_by("-pk").first()


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
