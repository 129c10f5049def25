"""The list that no rep wants to be on: leads not contacted in time, and those that got too few attempts."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, cast

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from funnel.enums import Stage, Status
from funnel.rules.periods import EVER
from leads.models import Activity, Company, Lead
from smarketing.accounts.models import User

from ..enums import ClockKind, ClockState, Outcome
from ..models import Clock
from .clocks import with_attempts
from .promises import Promised, given_up
from .statements import Many, rows_of

Found = Callable[..., QuerySet[Any]]
"""One of the three lists below: of some moments."""
OLD = dt.timedelta(days=14)
SAID: tuple[tuple[str, Any, frozenset[str]], ...] = (
    ("", Clock, frozenset({"id", "lead_id", "owner_id", "state", "attempts", "ended_at"})),
    (
        "lead__",
        Lead,
        frozenset({"id", "company_id", "email", "external_id", "first_name", "last_name", "company_name"}),
    ),
    ("lead__company__", Company, frozenset({"id", "name", "domain"})),
    ("owner__", User, frozenset({"id", "first_name", "last_name", "email"})),
)
"""What a line of the list says of clock, lead and owner, and no more: whole rows of all four tables took
longer than finding them."""


def not_contacted(since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """First contacts that were missed after ``since`` and not after ``until``, made late or not at all;
    a running clock past its deadline is missed before any tick has said so."""
    missed = Q(breached_at__gt=since, breached_at__lte=until)
    unsaid = Q(state=ClockState.RUNNING, due_at__gt=since, due_at__lt=until)
    found = Clock.objects.filter(missed | unsaid, kind=ClockKind.FIRST_CONTACT)
    return found.exclude(state=ClockState.CANCELLED).order_by("due_at", "pk")


def given_up_early(since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """Leads that sales returned or disqualified in that time without having reached anybody, after fewer
    attempts (``made``) than were agreed."""
    found = given_up(Promised(EVER, outcome=Outcome.MISSED))
    found = found.filter(journey__closed_at__gt=since, journey__closed_at__lte=until)
    return found.order_by("journey__closed_at", "pk")


def neglected(until: dt.datetime) -> QuerySet[Any]:
    """Leads handed over ``until`` then (``OLD`` enough) that nobody decided about, with fewer attempts
    (``made``) than were agreed; each as its last first-contact clock, the oldest first."""
    old = {f"journey__{field}": value for field, value in _old(until).items()}
    found = Clock.objects.filter(pk=Subquery(_last(OuterRef("journey")).values("pk")), **old)
    few: QuerySet[Any] = with_attempts(found)
    return few.filter(made__lt=F("attempts")).order_by("journey__mql_at", "pk")


def leads_by_owner(found: Found, *moments: dt.datetime) -> dict[int | None, list[int]]:
    """The leads of a list, by whose clock it is."""
    return dict(rows_of(_by_owner, found, moments))


def _by_owner(found: Found, moments: tuple[dt.datetime, ...]) -> Any:
    return found(*moments).order_by().values_list("owner").annotate(leads=ArrayAgg("lead"))


def first_of(
    found: Found, *moments: dt.datetime, most: int, leads: Iterable[int] | None = None
) -> list[Clock]:
    """The first ``most`` of a list, with what a line says of them; only these ``leads``' where it is known
    who is on it."""
    rows = rows_of(_said, found, moments, most, None if leads is None else Many(leads))
    return [_clock(iter(row)) for row in rows]


def _said(found: Found, moments: tuple[dt.datetime, ...], most: int, leads: Many | None) -> Any:
    clocks: Any = found(*moments)
    if leads is not None:
        clocks = clocks.filter(lead__in=RawSQL("SELECT unnest(%s::bigint[])", [leads]))
    columns = [f"{path}{name}" for path, model, wanted in SAID for name in _in_order(model, wanted)]
    made = ["made"] if "made" in clocks.query.annotations else []
    return clocks.values_list(*columns, *made)[:most]


def _clock(values: Iterator[Any]) -> Clock:
    clock, lead, company, owner = (_read(model, wanted, values) for _path, model, wanted in SAID)
    lead.company, clock.lead, clock.owner = company, lead, owner
    for made in values:  # where attempts were counted
        clock.made = made
    return cast("Clock", clock)


def _read(model: Any, wanted: frozenset[str], values: Iterator[Any]) -> Any:
    """None where nothing is pointed at; first comes the key."""
    names = _in_order(model, wanted)
    own = list(islice(values, len(names)))
    return None if own[0] is None else model.from_db(DEFAULT_DB_ALIAS, names, own)


@cache
def _in_order(model: Any, wanted: frozenset[str]) -> list[str]:
    """The model's own, by which it is made of a row."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in wanted]


def neglected_by_owner(until: dt.datetime) -> dict[int | None, list[int]]:
    """The leads of ``neglected``, by whose clock it is. There may be tens of thousands, so last clocks and
    contacts of all of them are joined, each read in an index alone; the journey tells which lead has the
    contacts, as a current one is never that of a lead that was merged away."""
    return dict(rows_of(_neglected_by_owner, until))


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
