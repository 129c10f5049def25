"""Working calendars: hours, holidays, and how the next weeks look."""

from datetime import date
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import only_for, person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..errors import EmptyCalendar
from ..forms.calendar_page import CalendarPageForm, HolidayRows, PlaceForm, holiday_days
from ..models import Calendar
from ..rules.calendar import compile_calendar
from ..rules.public_holidays import public_holidays
from ..rules.weeks import Day, weeks
from ..services.policies import add_holidays, save_calendar

WEEKS_SHOWN = 5
"""Four whole weeks from any day on."""


@only_for(Role.ADMIN)
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    found = Calendar.objects.prefetch_related("hours", "holidays", "policies")
    return render(request, "settings/calendars.html", {"calendars": found})


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_calendar(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, calendar_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Calendar, pk=calendar_id))


def _edit(request: HttpRequest, found: Calendar | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    # Only for showing: what was stored meanwhile must not make a sent row look untouched.
    stored = list(found.holidays.values("day", "name")) if found and data is None else None
    form = CalendarPageForm(data, instance=found)
    rows = HolidayRows(data, prefix="holidays", initial=stored)
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        try:
            saved = save_calendar(
                calendar=found,
                name=form.cleaned_data["name"],
                time_zone=form.cleaned_data["time_zone"],
                hours=form.hours(),
                holidays=holiday_days(rows),
                actor=person_of(request),
                at=timezone.now(),
                seen=seen_number(request),
            )
        except Overtaken:
            pass  # the page shows what the other did
        except EmptyCalendar as error:
            form.add_error(None, str(error))
        else:
            toast(request, _("%(calendar)s was saved.") % {"calendar": saved})
            return redirect("sla:settings-calendar", calendar_id=saved.pk)
    seen = what_was_seen(request, found)
    name = Calendar.objects.get(pk=found.pk).name if found else ""
    context = {
        "form": form,
        "rows": rows,
        "calendar": found,
        "name": name,
        "weeks": _weeks(found),
        "seen": seen,
    }
    status = seen.status if request.method == "POST" else 200
    return render(request, "settings/calendar.html", context, status=status)


def _weeks(found: Calendar | None) -> list[list[Day]]:
    """As it is stored, from this week on."""
    if found is None:
        return []
    stored = Calendar.objects.prefetch_related("hours", "holidays").get(pk=found.pk)
    names = {row.day: row.name for row in stored.holidays.all()}
    hours = [(row.weekday, row.start_minute, row.end_minute) for row in stored.hours.all()]
    try:
        working = compile_calendar(time_zone=stored.time_zone, hours=hours, holidays=names)
    except EmptyCalendar:
        return []
    return weeks(working, since=_today(stored), count=WEEKS_SHOWN, names=names)


def _today(found: Calendar) -> date:
    return timezone.now().astimezone(ZoneInfo(found.time_zone)).date()


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """GET shows the days off of a place and year; POST takes those that stay ticked."""
    found = get_object_or_404(Calendar, pk=calendar_id)
    data = request.POST if request.method == "POST" else request.GET
    form = PlaceForm(data if data.get("country") else None, today=_today(found))
    days: dict[date, str] = {}
    if form.is_valid():
        place = form.cleaned_data
        days = public_holidays(country=place["country"], region=place["region"], years=[place["year"]])
    known = set(found.holidays.values_list("day", flat=True))
    if request.method == "POST" and form.is_valid():
        chosen = set(request.POST.getlist("day"))
        ticked = {day: name for day, name in days.items() if day.isoformat() in chosen}
        try:
            count = add_holidays(calendar=found, holidays=ticked, actor=person_of(request), at=timezone.now())
        except EmptyCalendar as error:
            form.add_error(None, str(error))
        else:
            toast(request, _("Holidays added: %(count)d.") % {"count": count})
            return redirect("sla:settings-calendar", calendar_id=found.pk)
    rows = [{"day": day, "name": name, "known": day in known} for day, name in days.items()]
    context = {
        "calendar": found,
        "form": form,
        "rows": rows,
        "new": len([row for row in rows if not row["known"]]),
    }
    return render(request, "settings/holidays.html", context, status=422 if request.method == "POST" else 200)
