"""The plan of an agreement: the goal calculator, both ways."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from funnel.enums import Stage
from funnel.rules.periods import Span, next_quarter, quarter_start
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..enums import Feature
from ..forms.dashboard import DAY, today
from ..forms.plan import EFFORT, PlanForm, plain
from ..forms.worth import WorthForm
from ..models import Agreement
from ..rules.goal import months_of, period_after
from ..rules.outlook import Outlook, outlook, shown_percent
from ..selectors.agreements import Past, agreements, past, team_size
from ..selectors.terms import first_attempts
from ..services.agreements import save_plan
from ..services.drafting import may_plan
from .plan_capacity import capacity_shown
from .plan_worth import worth_shown


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_agreement(request: HttpRequest) -> HttpResponse:
    """``from``: the agreement whose period comes before; its goal is taken over, its rates are not."""
    if not may_plan(person_of(request)):
        raise PermissionDenied
    number = request.GET.get("from", "")
    is_number = number.isdecimal() and len(number) < 10
    return _edit(request, None, Agreement.objects.filter(pk=int(number)).first() if is_number else None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Who may not plan reads, and may try other numbers; only storing is for the heads, in a draft."""
    found = get_object_or_404(agreements(), pk=agreement_id)
    may_store = may_plan(person_of(request)) and found.is_draft
    if request.method == "POST" and "try" not in request.POST and not may_store:
        raise PermissionDenied
    return _edit(request, found)


def _edit(request: HttpRequest, found: Agreement | None, model: Agreement | None = None) -> HttpResponse:
    """``try`` in the body works out what is typed and stores nothing."""
    before = past(today=today())
    data = request.POST if request.method == "POST" else None
    start = _at_hand(found, before) if found else _start(before, model)
    form = PlanForm(data, instance=found, before=before, initial=start)
    trying = "try" in request.POST
    currency = str(data.get("currency", "")) if data is not None else str(form["currency"].value())
    by = Feature(model.worth_by) if model else Feature.SENIORITY
    worth = WorthForm(data, agreement=found, currency=currency.strip().upper(), by=by)
    is_valid = all([form.is_valid(), worth.is_valid()]) if data is not None else False
    if is_valid and not trying:
        with suppress(Overtaken):  # then the page shows what the other did
            saved = save_plan(
                agreement=found,
                values={**form.values(), "worth_by": worth.by.value},
                rates=form.rates(),
                worths=worth.worths(),
                actor=person_of(request),
                at=timezone.now(),
                seen=seen_number(request),
            )
            toast(request, _("%(agreement)s was saved.") % {"agreement": saved})
            return redirect("sla:plan", agreement_id=saved.pk)
    seen = what_was_seen(request, found)
    context = {
        "form": form,
        "worth": worth,
        "agreement": found,
        "model": model,
        "past": before,
        "is_measured": any(row.entered for row in before.rates.values()),
        "seen": seen,
        "may_follow": may_plan(person_of(request)) and found is not None and found.signed_at is not None,
        "may_plan": may_plan(person_of(request)) and (found is None or found.is_draft),
        **_shown(*((form, worth) if data is not None else _stored(form, worth)), viewer=person_of(request)),
    }
    if trying and request.headers.get("HX-Target") == "worth-rows":
        return render(request, "sla/plan_worth.html", context)
    status = 200 if data is None or (trying and is_valid) else seen.status
    template = "sla/plan_outlook.html" if trying and request.headers.get("HX-Request") else "sla/plan.html"
    # A part of the page is swapped in only when it is answered with success.
    return render(request, template, context, status=200 if template.endswith("outlook.html") else status)


def _stored(form: PlanForm, worth: WorthForm) -> tuple[PlanForm, WorthForm]:
    """What the page begins with, worked out as if somebody had sent it."""
    values = {name: form[name].value() for name in form.fields}
    return PlanForm(values, instance=form.instance, before=form.before), worth.as_sent()


def _shown(form: PlanForm, worth: WorthForm, *, viewer: User) -> dict[str, Any]:
    """Nothing, as long as what is typed cannot be reckoned with."""
    if not all([form.is_valid(), worth.is_valid()]):
        return {"shown": None}
    cleaned = form.cleaned_data
    shown = outlook(
        goal=form.goal(),
        span=form.span(),
        heads={Stage.MQL: cleaned["sdrs"], Stage.SQL: cleaned["aes"]},
        stage=form.have_in(),
        count=cleaned.get("have"),
        history=form.past,
        lots=form.lots(),
    )
    money = {"currency": cleaned["currency"], "revenue": cleaned["revenue"]}
    heads = {"sdrs": cleaned["sdrs"], "aes": cleaned["aes"]}
    value = worth_shown(worth, form.goal(), form.span(), **heads)
    capacity = capacity_shown(
        form.effort(),
        agreement=form.instance,
        span=form.span(),
        planned={Stage.MQL: value["count"], Stage.SQL: shown.need(Stage.SQL)},
        heads={Stage.MQL: cleaned["sdrs"], Stage.SQL: cleaned["aes"]},
        viewer=viewer,
    )
    return {
        "shown": shown,
        "capacity": capacity,
        "value": value,
        "levers": _levers(shown),
        "together": _together(shown),
        "unknown": _unknown(form, shown),
        "sale": {
            "planned": cleaned["sale"],
            "needed": shown.backward.sale,
            "risk": shown.backward.chance.sale_risk,
            "deals": form.before.deals if form.lots() else 0,
        },
        **money,
    }


def _unknown(form: PlanForm, shown: Outlook) -> dict[str, Any]:
    """Steps on the way of which nothing was measured; ``all``: where that is each of them, there is no
    chance to tell."""
    steps = [lever.stage for lever in shown.backward.levers if not form.past[lever.stage].entered]
    return {"all": len(steps) == len(shown.backward.levers), "steps": [stage.label for stage in steps]}


def _levers(shown: Outlook) -> list[dict[str, Any]]:
    return [
        {
            "stage": lever.stage,
            "now": shown_percent(lever.rate),
            "needed": shown_percent(lever.needed) if lever.needed is not None else None,
            "points": shown_percent(lever.points / 100) if lever.points is not None else None,
            "is_enough": lever.is_enough,
            "risk": shown.backward.chance.risk[lever.stage],
        }
        for lever in shown.backward.levers
    ]


def _together(shown: Outlook) -> Decimal | None:
    """Percent; nothing where the leads at hand are enough as it is."""
    rise = shown.backward.together
    return shown_percent(rise) if rise else None


def _start(before: Past, model: Agreement | None) -> dict[str, Any]:
    """A new plan begins with the next quarter, the measured rates and sale, and today's team; after another
    one with the period that follows, and its goal."""
    span = period_after(Span(model.first_day, model.last_day)) if model else _next_quarter()
    first, last = span.first, span.last
    assert first is not None and last is not None
    goal: dict[str, Any] = {}
    if model:
        sale = before.sale if before.currency == model.currency else None
        goal = {"revenue": model.revenue, "currency": model.currency, "sale": sale or model.sale}
        goal |= _planned_before(model, before)
    effort = {name: getattr(model, name) for name in EFFORT if getattr(model, name, None)}
    return {
        "name": _("Agreement Q%(quarter)s %(year)s")
        % {"quarter": (first.month + 2) // 3, "year": first.year},
        "first_day": first,
        "last_day": last,
        "currency": before.currency or "EUR",
        "sale": before.sale,
        **_arriving(Span(first, last), before),
        **team_size(),
        **_usual_effort(),
        **goal,
        **effort,
    }


def _planned_before(model: Agreement, before: Past) -> dict[str, Any]:
    """Its rates, where nothing was measured since."""
    rows = [row for row in model.rates.all() if not before.rates[Stage(row.stage)].rate]
    return {f"rate_{row.stage}": plain(row.percent) for row in rows}


def _next_quarter() -> Span:
    first = next_quarter(quarter_start(today()))
    return Span(first, next_quarter(first) - DAY)


def _usual_effort() -> dict[str, Any]:
    """What a plan without any begins with: attempts as the deadlines ask, the rest to talk about."""
    attempts = first_attempts() or 6
    return {"attempts": attempts, "attempt_minutes": 10, "sql_minutes": 240, "lead_percent": 60}


def _at_hand(found: Agreement, before: Past) -> dict[str, Any]:
    begun = not found.is_draft or any(getattr(found, name) is not None for name in EFFORT)
    effort = {} if begun else _usual_effort()
    return {**effort, **_arriving(Span(found.first_day, found.last_day), before)}


def _arriving(span: Span, before: Past) -> dict[str, Any]:
    """As many new names as would come at the measured pace."""
    return {"have_stage": Stage.NEW_NAME, "have": before.entered_a_month * len(months_of(span)) or None}
