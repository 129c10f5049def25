"""The list that no rep wants to be on: leads not contacted in time, and those that got too few attempts."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from funnel.enums import Stage, Status
from funnel.rules.periods import EVER
from leads.models import Activity

from ..enums import ClockKind, ClockState, Outcome
from ..models import Clock
from .clocks import with_attempts
from .promises import Promised, given_up
from .statements import rows_of

OLD = dt.timedelta(days=14)
SAID = (
    *("state", "ended_at", "attempts"),
    *(f"lead__{name}" for name in ("first_name", "last_name", "email", "external_id", "company_name")),
    *("lead__company__name", "lead__company__domain"),
    *(f"owner__{name}" for name in ("first_name", "last_name", "email")),
)


def not_contacted(*, since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """First contacts that were missed after ``since`` and not after ``until``, made late or not at all;
    a running clock past its deadline is missed before any tick has said so."""
    missed = Q(breached_at__gt=since, breached_at__lte=until)
    unsaid = Q(state=ClockState.RUNNING, due_at__gt=since, due_at__lt=until)
    found = Clock.objects.filter(missed | unsaid, kind=ClockKind.FIRST_CONTACT)
    return _with_people(found.exclude(state=ClockState.CANCELLED)).order_by("due_at", "pk")


def given_up_early(*, since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """Leads that sales returned or disqualified in that time without having reached anybody, after fewer
    attempts (``made``) than were agreed."""
    found = given_up(Promised(EVER, outcome=Outcome.MISSED))
    found = found.filter(journey__closed_at__gt=since, journey__closed_at__lte=until)
    return _with_people(found).order_by("journey__closed_at", "pk")


def neglected(*, at: dt.datetime) -> QuerySet[Any]:
    """Leads handed over two weeks ago or earlier that nobody decided about, with fewer attempts (``made``)
    than were agreed; each as its last first-contact clock, the oldest first."""
    old = {f"journey__{field}": value for field, value in _old(at - OLD).items()}
    found = Clock.objects.filter(pk=Subquery(_last(OuterRef("journey")).values("pk")), **old)
    few: QuerySet[Any] = with_attempts(found)
    return _with_people(few.filter(made__lt=F("attempts"))).order_by("journey__mql_at", "pk")


def leads_by_owner(clocks: QuerySet[Any]) -> dict[int | None, list[int]]:
    """The leads of these clocks, by whose clock it is."""
    return dict(clocks.order_by().values_list("owner").annotate(leads=ArrayAgg("lead")))


def neglected_by_owner(*, at: dt.datetime) -> dict[int | None, list[int]]:
    """The leads of ``neglected``, by whose clock it is. There may be tens of thousands, so last clocks and
    contacts of all of them are joined, each read in an index alone; the journey tells which lead has the
    contacts, as a current one is never that of a lead that was merged away."""
    return dict(rows_of(_neglected_by_owner, at - OLD))


def _neglected_by_owner(handed_over: dt.datetime) -> tuple[str, Sequence[Any]]:
    waiting = {f"journey__{field}": value for field, value in _old(handed_over).items()}
    clocks: Any = Clock.objects.filter(kind=ClockKind.FIRST_CONTACT, **waiting)
    clocks = clocks.order_by("journey_id", "-started_at", "-pk").distinct("journey_id")
    last, params = clocks.values_list(
        "journey__lead", "journey__mql_at", "owner", "attempts"
    ).query.sql_with_params()
    sql = f"""
        SELECT owner, array_agg(lead)
          FROM (SELECT owner, lead, attempts, count(contact.lead_id) AS made
                  FROM ({last}) AS clock (lead, since, owner, attempts)
                  LEFT JOIN {Activity._meta.db_table} AS contact
                    ON contact.is_contact AND contact.lead_id = lead AND contact.occurred_at >= since
                 GROUP BY owner, lead, attempts) AS counted
         WHERE made < attempts GROUP BY owner
    """
    return sql, params


def _old(handed_over: dt.datetime) -> dict[str, Any]:
    """Until then."""
    return {"is_current": True, "stage": Stage.MQL, "status": Status.ACTIVE, "mql_at__lte": handed_over}


def _last(journey: OuterRef) -> QuerySet[Clock]:
    first_contacts = Clock.objects.filter(journey=journey, kind=ClockKind.FIRST_CONTACT)
    return first_contacts.order_by("-started_at", "-pk")[:1]


def _with_people(found: QuerySet[Any]) -> QuerySet[Any]:
    """With what a line of the list says of clock, lead and owner, and no more: whole rows of all four
    tables took longer than finding them."""
    return found.select_related("lead__company", "owner").only(*SAID)
