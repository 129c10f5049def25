"""The reports by mail: when and to whom they go, and what would go out now."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import only_for, person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..enums import REPORTS, MailKind
from ..forms.report_mails import ReportForm
from ..models import ReportMail, WorkingHours
from ..rules.reports import Report, readers_of
from ..rules.sending import next_issue
from ..selectors.letters import Letters
from ..selectors.policies import Book, current_book
from ..selectors.report_mails import everybody, reports, timetable
from ..services.report_setup import save_report
from ..services.reports import send_test, trial_mail

SETTERS = (Role.ADMIN, Role.MANAGER)


@only_for(*SETTERS)
@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    people, book = everybody(), current_book()
    zone = zone_named(person_of(request).time_zone)
    rows = [
        {
            "report": report,
            "when": _when(report),
            "readers": len(readers_of(report, people)),
            "next": _next(report, book, zone),
        }
        for report in reports().values()
    ]
    return render(request, "settings/reports.html", {"rows": rows})


@only_for(*SETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, kind: str) -> HttpResponse:
    known = _kind(kind)
    found = ReportMail.objects.prefetch_related("receivers").filter(kind=known).first()
    form = ReportForm(request.POST if request.method == "POST" else None, kind=known, report=found)
    if request.method == "POST" and form.is_valid():
        try:
            save_report(
                kind=known,
                values=form.values(),
                **form.receivers(),
                actor=person_of(request),
                at=timezone.now(),
                seen=seen_number(request),
            )
        except Overtaken:
            pass  # the page shows what the other did
        else:
            toast(request, _("%(report)s was saved.") % {"report": known.label})
            return redirect("sla:settings-report", kind=known)
    seen = what_was_seen(request, found)
    context = {"form": form, "kind": known, "report": found, "seen": seen}
    status = seen.status if request.method == "POST" else 200
    return render(request, "settings/report.html", context, status=status)


@only_for(*SETTERS)
@require_safe
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """What would go out to the viewer this moment, and who would get theirs."""
    known, viewer, at = _kind(kind), person_of(request), timezone.now()
    every = reports()
    told = every[known]
    mail = trial_mail(told, to=viewer, at=at)
    letters = Letters([mail], at=at, known=every)
    shown = letters.message(mail, only_text=True)
    named = User.objects.only("first_name", "last_name", "email")
    readers = named.in_bulk([one.id for one in readers_of(told, letters.people)])
    context = {
        "kind": known,
        "report": told,
        "subject": shown.subject,
        "text": shown.body,
        "readers": sorted(map(str, readers.values())),
        "next": _next(told, letters.book, zone_named(viewer.time_zone)),
    }
    return render(request, "settings/report_preview.html", context)


@only_for(*SETTERS)
@require_POST
def try_report(request: HttpRequest, kind: str) -> HttpResponse:
    known, viewer = _kind(kind), person_of(request)
    send_test(kind=known, to=viewer, at=timezone.now())
    toast(request, _("A test is on its way to %(address)s.") % {"address": viewer.email})
    return redirect("sla:settings-report-preview", kind=known)


def _kind(kind: str) -> MailKind:
    if kind not in REPORTS:
        raise Http404
    return MailKind(kind)


def _when(report: Report) -> dict[str, Any]:
    days = [str(WorkingHours.Weekday(day).label) for day in sorted(report.weekdays)]
    everyday = len(report.weekdays) == len(WorkingHours.Weekday)
    workdays = report.weekdays == frozenset(range(5))
    shown = _("every day") if everyday else _("Monday to Friday") if workdays else ", ".join(days)
    return {"days": shown, "time": time_format(report.time, "H:i"), "zone": report.time_zone}


def _next(report: Report, book: Book, zone: ZoneInfo) -> str:
    """For a reader in ``zone``; empty while it is switched off or its days leave nothing."""
    issue = next_issue(timetable(report, book), at=timezone.now(), zone=zone) if report.is_active else None
    return date_format(issue.due_at.astimezone(zone), "SHORT_DATETIME_FORMAT") if issue else ""
