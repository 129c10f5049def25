"""When the reports go out, to whom and with what: set up by administrators and the heads of both teams."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from funnel.services.targets import PLANNERS
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..enums import REPORTS, ClockKind, MailKind
from ..models import Policy, ReportMail, ReportReceiver
from ..rules.reports import DEFAULTS


@transaction.atomic
def save_report(
    *,
    kind: MailKind,
    values: Mapping[str, Any],
    people: Collection[int],
    teams: Collection[int],
    actor: User | None,
    at: datetime,
    seen: int | None = None,
) -> ReportMail:
    """Set up a report for the first time or change it; ``values``: its fields, ``seen``: number of the
    newest change that was shown. Raises NotAllowed, Overtaken."""
    if actor is not None and (not actor.is_active or actor.role not in PLANNERS):
        raise NotAllowed(_("Only administrators and the heads of both teams set the reports up."))
    report, is_new = ReportMail.objects.select_for_update().get_or_create(kind=kind, defaults=dict(values))
    if is_new:
        _write_receivers(report, people, teams)
        record_created(report, actor=actor, at=at)
        return report
    refuse_overtaken(report, seen=seen)
    with changing(report, actor=actor, at=at):
        for name, value in values.items():
            setattr(report, name, value)
        report.save(update_fields=list(values))
        report.receivers.all().delete()
        _write_receivers(report, people, teams)
    return report


def _write_receivers(report: ReportMail, people: Collection[int], teams: Collection[int]) -> None:
    rows = [ReportReceiver(report=report, person_id=pk) for pk in sorted(people)]
    rows += [ReportReceiver(report=report, team_id=pk) for pk in sorted(teams)]
    ReportReceiver.objects.bulk_create(rows)


@transaction.atomic
def install_reports(*, at: datetime) -> None:
    """Switch every report on, on the days on which the company works; what is set up stays as it is."""
    calendar_id = company_calendar_id()
    for kind in REPORTS:
        if not ReportMail.objects.filter(kind=kind).exists():
            values = {**default_values(kind), "is_active": True, "calendar_id": calendar_id}
            save_report(kind=kind, values=values, people=(), teams=(), actor=None, at=at)


def company_calendar_id() -> int | None:
    """That of the first promise to contact, as ``selectors.policies.company_calendar`` has it compiled."""
    policies = Policy.objects.filter(kind=ClockKind.FIRST_CONTACT, is_active=True)
    return policies.order_by("position", "pk").values_list("calendar", flat=True).first()


def default_values(kind: MailKind) -> dict[str, Any]:
    """The fields of a report that nobody has set up."""
    known = DEFAULTS[kind]
    return {
        "is_active": known.is_active,
        "time": known.time,
        "weekdays": sorted(known.weekdays),
        "time_zone": known.time_zone,
        "audiences": sorted(known.audiences),
        "parts": list(known.parts),
        "even_if_empty": known.even_if_empty,
    }
