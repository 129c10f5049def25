"""Landing-page forms and their inbox, as marketing looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from ..enums import SubmissionStatus
from ..models import Form, Submission
from ..rules import form_fields
from ..rules.form_fields import Row

LATELY = timedelta(days=29)
"""Before today: what came lately came in thirty days."""
WAITING = (SubmissionStatus.QUARANTINED, SubmissionStatus.FAILED)
"""Submissions that somebody should look at."""
SHOWN = (*WAITING, SubmissionStatus.REJECTED)
"""What the inbox can show."""


def forms_by_name(q: str = "", *, is_active: bool | None = None) -> QuerySet[Form]:
    """Whose name, or that of whose campaign, has ``q`` in it; None: switched on or off."""
    found = Form.objects.select_related("campaign").order_by("-is_active", "name", "pk")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(campaign__name__icontains=q))
    return found if is_active is None else found.filter(is_active=is_active)


@dataclass(slots=True)
class Inbox:
    """What one form received lately, by status, and when the last one came; of those that wait, all."""

    by_status: dict[str, int] = field(default_factory=dict)
    last_at: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def leads(self) -> int:
        return self.by_status.get(SubmissionStatus.PROCESSED, 0)

    @property
    def waiting(self) -> int:
        return sum(self.by_status.get(status, 0) for status in WAITING)


def lately(at: datetime) -> date:
    """The first of the last thirty days."""
    return timezone.localtime(at, timezone.get_default_timezone()).date() - LATELY


def inboxes(form_ids: Sequence[UUID], *, since: date) -> dict[UUID, Inbox]:
    """The inbox of each form since that day; one query, bounded by the index on status."""
    found = {form_id: Inbox() for form_id in form_ids}
    counted = Q(status__in=SubmissionStatus.values, received_at__gte=_midnight(since))
    rows = Submission.objects.filter(counted | Q(status__in=WAITING), form__in=form_ids).order_by()
    lately = Max("received_at", filter=Q(received_at__gte=_midnight(since)))
    counts: Any = rows.values_list("form", "status").annotate(n=Count("pk"), last=lately)
    for form_id, status, n, last in counts:
        inbox = found[form_id]
        inbox.by_status[status] = n
        inbox.last_at = max(filter(None, (inbox.last_at, last)), default=None)
    return found


def submissions_of(form: Form, *, since: date, status: str = "") -> QuerySet[Submission]:
    """What a form received since that day, with what became of it; newest first."""
    found = Submission.objects.filter(form=form, received_at__gte=_midnight(since))
    found = found.filter(status__in=[status] if status else SubmissionStatus.values)
    return found.select_related("lead__company").order_by("-received_at", "-pk")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def submissions_waiting(*, status: str = "", form: UUID | None = None) -> QuerySet[Submission]:
    """Quarantined and failed ones, or those of one status, rejected ones too; newest first."""
    found = Submission.objects.filter(status__in=[status] if status else WAITING)
    if form is not None:
        found = found.filter(form=form)
    return found.select_related("form", "rejected_by").order_by("-received_at", "-pk")


def counts_waiting() -> dict[str, int]:
    counts: Any = Submission.objects.filter(status__in=SHOWN).order_by().values_list("status")
    found: dict[str, int] = dict.fromkeys(SHOWN, 0)
    return found | dict(counts.annotate(n=Count("pk")))


def rows_of_form(form: Form) -> list[Row]:
    return form_fields.rows_of(
        mapping=form.mapping,
        custom_fields=form.custom_fields,
        required_fields=form.required_fields,
        layout=form.layout,
    )
