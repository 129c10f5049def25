"""Where leads stood at a moment of the past, from facts that were known then and nothing later.

A stage's stamp says since when; the first later stamp, or the end of the journey, until when. Stamps
at or after the moment do not exist yet. What was exported oddly (a deal won before its lead entered)
is read as it was loaded: nothing lasts less than no time.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest

from leads.rules.scoring import GRADE_AT

from ..enums import STAGES, STAMPS, OpportunityStatus, Stage
from ..models import Journey, StageChange
from ..models.journey import JourneyQuerySet
from ..rules.report import Filters
from ..rules.stood import Standing

DAY = dt.timedelta(days=1)
EVERYBODY = Filters()
AT_ONCE = dt.timedelta(minutes=10)
"""Who moves on sooner never stood in the stage: forms and scores carry a lead through several."""


@dataclass(frozen=True, slots=True)
class Stay:
    """``n`` alike stays in a stage. Steps: 0 the moment of arrival, then one for each day of 24 hours.
    At risk from step ``first`` to ``last`` within the time looked at; ``end``: ``moved``, ``left``, or
    empty when they still stood there. ``grade``: the score they came with, ``then`` what they had when
    they came to the next stage."""

    stage: str
    grade: str
    first: int
    last: int
    end: str
    then: str
    n: int


@dataclass(frozen=True, slots=True)
class Stood:
    """``n`` leads that stood in ``stage`` for ``days`` whole days."""

    stage: str
    grade: str
    days: int
    n: int


@dataclass(frozen=True, slots=True)
class Worthy:
    """``n`` leads that stood there, alike in the lead's ``level`` too, and in their open deal's ``amount``
    as it was known then (None: no deal yet)."""

    stage: str
    grade: str
    days: int
    level: str
    amount: Decimal | None
    currency: str
    n: int


@dataclass(frozen=True, slots=True)
class Brought:
    """``n`` customers alike in what they brought; without a deal nothing, in no currency. ``hoped``: the
    amount that stood there until it was won; None where that is not known, or was in another currency."""

    level: str
    currency: str
    amount: Decimal
    hoped: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class Sales:
    """Customers won in a span. ``amounts``: by currency, of deals won; and the sum of their squares."""

    customers: int
    amounts: dict[str, tuple[Decimal, Decimal, int]]


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day of the project's calendar."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings.TIME_ZONE))


def stays(*, at: dt.datetime, since: dt.datetime) -> list[Stay]:
    """Every stay that touches the time from ``since`` to ``at``, grouped; one statement."""
    return [Stay(*row) for row in _rows(_STAYS, {"at": at, "since": since})]


def stood(*, at: dt.datetime) -> list[Stood]:
    """Leads open at ``at``, grouped; one statement."""
    return [Stood(*row) for row in _rows(_STOOD.format(whose=""), {"at": at})]


def stood_worth(*, at: dt.datetime, filters: Filters = EVERYBODY) -> list[Worthy]:
    """Leads open at ``at`` as ``stood`` counts them, with what their deals were to bring; ``filters``: of
    these present owners, this source, campaign and persona. One statement."""
    whose, given = _whose(filters)
    return [Worthy(*row) for row in _rows(_WORTH.format(whose=whose, what="count(*)"), {"at": at, **given})]


def stood_journeys(*, at: dt.datetime) -> list[tuple[Worthy, list[int]]]:
    """The rows of ``stood_worth``, each with the journeys that it counts; one statement."""
    rows = _rows(_WORTH.format(whose="", what="array_agg(s.journey_id)"), {"at": at})
    return [(Worthy(*[*row[:-1], len(row[-1])]), row[-1]) for row in rows]


def open_journeys(*, at: dt.datetime, filters: Filters) -> JourneyQuerySet:
    """What was open at ``at`` of those that the filters ask for today, as ``stood_worth`` has it."""
    found = Journey.objects.filter(Q(closed_at=None) | Q(closed_at__gte=at), entered_at__lt=at).order_by()
    if filters.owner_ids is not None:
        found = found.filter(lead__owner__in=filters.owner_ids)
    if filters.source is not None:
        found = found.filter(source=filters.source)
    if filters.campaign is not None:
        found = found.filter(campaign=filters.campaign or None)
    return found if filters.persona is None else found.filter(lead__persona=filters.persona or None)


def _whose(filters: Filters) -> tuple[str, dict[str, Any]]:
    conditions = {
        "AND lead.owner_id = ANY(%(owners)s)": filters.owner_ids is not None,
        "AND j.source = %(source)s": filters.source is not None,
        "AND coalesce(j.campaign_id, 0) = %(campaign)s": filters.campaign is not None,
        "AND coalesce(lead.persona_id, 0) = %(persona)s": filters.persona is not None,
    }
    given = {
        "owners": sorted(filters.owner_ids or ()),
        "source": filters.source,
        "campaign": filters.campaign,
        "persona": filters.persona,
    }
    return " ".join(condition for condition, is_asked in conditions.items() if is_asked), given


def brought(*, since: dt.datetime, at: dt.datetime) -> list[Brought]:
    """What the customers won from ``since`` until before ``at`` brought; one statement."""
    return [Brought(*row) for row in _rows(_BROUGHT, {"since": since, "at": at})]


def came_true(*, at: dt.datetime, until: dt.datetime) -> list[Stood]:
    """Of the leads open at ``at`` those that were customers before ``until``; one statement."""
    return [Stood(*row) for row in _rows(_STOOD.format(whose=_WON_LATER), {"at": at, "until": until})]


def arrivals(*, since: dt.datetime, at: dt.datetime) -> dict[tuple[str, str], int]:
    """Journeys that entered from ``since`` until before ``at``, by the score they came with and the lead's
    level."""
    return {(came, level): n for came, level, n in _rows(_ARRIVALS, {"since": since, "at": at})}


def sales(*, since: dt.datetime, at: dt.datetime) -> Sales:
    """What was won from ``since`` until before ``at``; one statement."""
    customers = 0
    amounts: dict[str, tuple[Decimal, Decimal, int]] = {}
    for currency, n, total, squares, deals in _rows(_SALES, {"since": since, "at": at}):
        customers += n
        if currency:
            amounts[currency] = (total, squares, deals)
    return Sales(customers, amounts)


def first_entry(*, at: dt.datetime) -> dt.datetime | None:
    entered = Journey.objects.filter(entered_at__lt=at).order_by("entered_at")
    return entered.values_list("entered_at", flat=True).first()


def cohorts(*, at: dt.datetime) -> dict[dt.date, dict[str, int]]:
    """By month of entry: how many had reached each stage before ``at``; one statement."""
    columns = ", ".join(
        f"count(*) FILTER (WHERE {stage} < %(at)s)" for stage in (_reached(stage) for stage in STAGES)
    )
    month = "date_trunc('month', j.entered_at AT TIME ZONE %(tz)s)::date"
    sql = f"SELECT {month}, {columns} FROM funnel_journey j WHERE j.entered_at < %(at)s GROUP BY 1 ORDER BY 1"
    return {
        month: dict(zip((stage.value for stage in STAGES), counts, strict=True))
        for month, *counts in _rows(sql, {"at": at, "tz": settings.TIME_ZONE})
    }


def standing(found: JourneyQuerySet, wanted: Standing) -> JourneyQuerySet:
    """Exactly the journeys that ``stood`` counts, of those in ``found``."""
    at = midnight(wanted.day)
    found = found.filter(Q(closed_at=None) | Q(closed_at__gte=at), entered_at__lt=at)
    if not wanted.stage:
        return found.filter(Q(customer_at=None) | Q(customer_at__gte=at))
    place = STAGES.index(Stage(wanted.stage))
    for later in STAGES[place + 1 :]:
        found = found.filter(Q(**{STAMPS[later]: None}) | Q(**{f"{STAMPS[later]}__gte": at}))
    found = found.filter(**{f"{STAMPS[wanted.stage]}__lt": at})
    found = found.alias(came=Greatest(F("entered_at"), F(STAMPS[wanted.stage])))
    found = found.filter(came__lte=at - wanted.days_from * DAY)
    if wanted.days_to is not None:
        found = found.filter(came__gt=at - (wanted.days_to + 1) * DAY)
    return found if wanted.grade is None else found.filter(_came_with(wanted.stage, wanted.grade))


def _came_with(stage: str, grade: str) -> Q:
    came = StageChange.objects.filter(journey=OuterRef("pk"), to_stage=stage).exclude(from_stage=stage)
    scored = came.filter(Q(fit__gt=0) | Q(interest__gt=0) | Q(intent__gt=0))
    if not grade:
        return ~Q(Exists(scored))
    engagement = F("interest") + F("intent")
    fit, engaged = _between("ABC".index(grade[0])), _between("123".index(grade[1]))
    return Q(
        Exists(
            scored.alias(engagement=engagement).filter(
                **{f"fit__{end}": value for end, value in fit.items()},
                **{f"engagement__{end}": value for end, value in engaged.items()},
            )
        )
    )


def _between(place: int) -> dict[str, int]:
    """The points of the ``place``-th letter or figure of a grade, the best first."""
    ends = {}
    if place < len(GRADE_AT):
        ends["gte"] = GRADE_AT[place]
    if place:
        ends["lt"] = GRADE_AT[place - 1]
    return ends


def _rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"at_once": AT_ONCE, **given}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _graded(points: str, names: str) -> str:
    cases = " ".join(
        f"WHEN {points} >= {least} THEN '{name}'" for least, name in zip(GRADE_AT, names, strict=False)
    )
    return f"CASE {cases} ELSE '{names[-1]}' END"


def _grade(row: str) -> str:
    """As ``leads.rules.scoring.grade`` has it; "" without any points or any row."""
    fit, engagement = _graded(f"{row}.fit", "ABC"), _graded(f"{row}.interest + {row}.intent", "123")
    scored = f"{row}.fit > 0 OR {row}.interest > 0 OR {row}.intent > 0"
    return f"CASE WHEN {scored} THEN {fit} || {engagement} ELSE '' END"


def _came(row: str, stage: str) -> str:
    """The history row of the arrival in a stage; a stage is arrived in once in a journey."""
    return (
        f"LEFT JOIN funnel_stagechange {row}"
        f" ON {row}.journey_id = s.journey_id AND {row}.to_stage = {stage} AND {row}.from_stage <> {stage}"
    )


def _reached(stage: Stage) -> str:
    """The first stamp of the stage or one after it: what was skipped was passed."""
    stamps = ", ".join(f"j.{STAMPS[later]}" for later in STAGES[STAGES.index(stage) :])
    return f"LEAST({stamps})" if stage != STAGES[-1] else f"j.{STAMPS[stage]}"


_STAGES = ", ".join(
    f"('{stage.value}', GREATEST(j.entered_at, j.{STAMPS[stage]}), {_reached(after)},"
    f" '{after.value}', j.{STAMPS[stage]})"
    for stage, after in pairwise(STAGES)
)
_STEP = "floor(extract(epoch FROM {since}) / 86400)::int"
_STAYS = f"""
WITH s AS (
  SELECT j.id AS journey_id, v.stage, v.after, v.came,
         CASE WHEN v.until < %(at)s THEN 'moved' WHEN j.closed_at < %(at)s THEN 'left' ELSE '' END AS ended,
         GREATEST(v.came, CASE WHEN v.until < %(at)s THEN v.until
                               WHEN j.closed_at < %(at)s THEN j.closed_at ELSE %(at)s END) AS gone
    FROM funnel_journey j CROSS JOIN LATERAL (VALUES {_STAGES}) AS v (stage, came, until, after, stamp)
   WHERE j.entered_at < %(at)s AND v.stamp < %(at)s AND v.came < %(at)s
), looked AS (
  SELECT s.*, CASE WHEN came >= %(since)s THEN 0
                   ELSE 2 + {_STEP.format(since="%(since)s - came")} END AS first,
         CASE WHEN ended <> '' AND gone - came < %(at_once)s THEN 0
              WHEN ended <> '' THEN 1 + {_STEP.format(since="gone - came")}
              ELSE {_STEP.format(since="gone - came")} END AS last
    FROM s WHERE gone >= %(since)s
)
SELECT s.stage, {_grade("c")}, s.first, s.last, s.ended,
       CASE WHEN s.ended = 'moved' THEN {_grade("n")} ELSE '' END, count(*)
  FROM looked s {_came("c", "s.stage")} {_came("n", "s.after")}
 GROUP BY 1, 2, 3, 4, 5, 6"""

_STOOD = f"""
WITH s AS (
  SELECT j.id AS journey_id, v.stage, {_STEP.format(since="%(at)s - v.came")} AS days
    FROM funnel_journey j JOIN leads_lead lead ON lead.id = j.lead_id
   CROSS JOIN LATERAL (VALUES {_STAGES}) AS v (stage, came, until, after, stamp)
   WHERE j.entered_at < %(at)s AND (j.closed_at IS NULL OR j.closed_at >= %(at)s)
     AND v.stamp < %(at)s AND v.came < %(at)s AND (v.until IS NULL OR v.until >= %(at)s) {{whose}}
)
SELECT s.stage, {_grade("c")}, s.days, count(*) FROM s {_came("c", "s.stage")} GROUP BY 1, 2, 3"""
# Until a deal is closed its amount may be changed; the first change after the moment says what it was.
# What a win corrected is kept beside the deal.
_WAS = """(SELECT a.data -> 'changed' -> 'deal.{column}' ->> 0 FROM leads_activity a
    WHERE o.version > 1 AND a.lead_id = j.lead_id AND a.occurred_at >= %(at)s AND a.kind = 'note'
      AND a.data -> 'changed' ? 'deal.{column}' AND a.data ->> 'deal' = o.id::text
    ORDER BY a.occurred_at, a.id LIMIT 1)"""
_WORTH = f"""
WITH s AS (
  SELECT j.id AS journey_id, v.stage, {_STEP.format(since="%(at)s - v.came")} AS days,
         lead.seniority AS level, deal.amount, coalesce(deal.currency, '') AS currency
    FROM funnel_journey j JOIN leads_lead lead ON lead.id = j.lead_id
   CROSS JOIN LATERAL (VALUES {_STAGES}) AS v (stage, came, until, after, stamp)
    LEFT JOIN LATERAL (
      SELECT coalesce({_WAS.format(column="amount")}::numeric, o.hoped_amount, o.amount) AS amount,
             coalesce({_WAS.format(column="currency")}, nullif(o.hoped_currency, ''), o.currency) AS currency
        FROM funnel_opportunity o WHERE o.journey_id = j.id AND o.opened_at < %(at)s
         AND (o.closed_at IS NULL OR o.closed_at >= %(at)s)
    ) AS deal ON true
   WHERE j.entered_at < %(at)s AND (j.closed_at IS NULL OR j.closed_at >= %(at)s)
     AND v.stamp < %(at)s AND v.came < %(at)s AND (v.until IS NULL OR v.until >= %(at)s) {{whose}}
)
SELECT s.stage, {_grade("c")}, s.days, s.level, s.amount, s.currency, {{what}}
  FROM s {_came("c", "s.stage")} GROUP BY 1, 2, 3, 4, 5, 6"""
_BROUGHT = f"""
SELECT lead.seniority, coalesce(o.currency, ''), coalesce(o.amount, 0),
       CASE WHEN o.hoped_currency = o.currency THEN o.hoped_amount END, count(*)
  FROM funnel_journey j JOIN leads_lead lead ON lead.id = j.lead_id LEFT JOIN funnel_opportunity o
    ON o.journey_id = j.id AND o.status = '{OpportunityStatus.WON}'
 WHERE j.customer_at >= %(since)s AND j.customer_at < %(at)s AND j.entered_at < %(at)s
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
_WON_LATER = "AND j.customer_at >= %(at)s AND j.customer_at < %(until)s"

_ARRIVALS = f"""
WITH s AS (SELECT j.id AS journey_id, lead.seniority AS level
             FROM funnel_journey j JOIN leads_lead lead ON lead.id = j.lead_id
            WHERE j.entered_at >= %(since)s AND j.entered_at < %(at)s)
SELECT {_grade("c")}, s.level, count(*) FROM s {_came("c", f"'{Stage.NEW_NAME}'")} GROUP BY 1, 2"""

_SALES = f"""
SELECT coalesce(o.currency, ''), count(*), sum(o.amount), sum(o.amount * o.amount), count(o.id)
  FROM funnel_journey j LEFT JOIN funnel_opportunity o
    ON o.journey_id = j.id AND o.status = '{OpportunityStatus.WON}'
 WHERE j.customer_at >= %(since)s AND j.customer_at < %(at)s AND j.entered_at < %(at)s GROUP BY 1"""
