"""Everything the dashboard shows, put together from the funnel's and the promises' selectors."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from funnel.enums import STAGES, Grouping, Stage
from funnel.rules.periods import Span
from funnel.rules.report import Cohort, Filters, FunnelReport, Number
from funnel.rules.targets import planned, until
from funnel.selectors.flow import days as days_params
from funnel.selectors.flow import reached_by_day, reached_in, returned_in, targets_in
from funnel.selectors.funnel_report import funnel_report
from smarketing.accounts.models import User

from ..enums import ClockKind
from ..models.clock import ClockQuerySet
from ..rules.promises import Kept, Tally, added, attainment, by_owner, responses
from .promises import Promised, at_risk, depth, tallies
from .quality import Quality, quality_in

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
WEEKS = 12
COHORTS = 6
SOURCES = 8


@dataclass(frozen=True, slots=True)
class StageLine:
    """``reached`` and ``plan`` are of the period, ``here`` is of now; ``conversion`` (percent) and
    ``median_seconds`` are of the ``base`` leads that entered in the period and reached the stage."""

    stage: Stage
    reached: Number
    plan: int | None
    plan_by_now: int | None
    here: Number
    conversion: float | None
    base: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Week:
    monday: dt.date
    delivered: Number
    plan: int | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """``user`` None: clocks whose rep is no longer known."""

    user: User | None
    kept: Mapping[ClockKind, Kept]


@dataclass(frozen=True, slots=True)
class TeamLines:
    name: str
    kept: Mapping[ClockKind, Kept]
    people: list[PersonLine]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """``quality``: what became of the MQLs of the period, by sales and by the mediator."""

    span: Span
    filters: Filters
    stages: list[StageLine]
    quality: Quality
    promises: Mapping[ClockKind, Kept]
    depth: Kept
    weeks: list[Week]
    teams: list[TeamLines]
    responses: list[int]
    report: FunnelReport
    cohorts: list[Cohort]
    returned: list[tuple[str, Number]]
    at_risk: ClockQuerySet

    @property
    def mql(self) -> StageLine:
        return self.stages[STAGES.index(Stage.MQL)]

    @property
    def has_plan(self) -> bool:
        return any(line.plan is not None for line in self.stages)


def dashboard(
    *, user: User, filters: Filters, span: Span, by: Grouping, at: dt.datetime, today: dt.date
) -> Dashboard:
    """``filters`` without a span; ``span`` closed at both ends."""
    within = replace(filters, entered=span, params={**filters.params, **entered(span)})
    everything = funnel_report(filters=filters)
    report = funnel_report(filters=within, by=by, page_size=SOURCES)
    wanted = Promised(span, filters.owner_ids, filters.source, filters.campaign, filters.persona)
    counted = tallies(wanted, at=at)
    return Dashboard(
        span=span,
        filters=within,
        stages=_stages(filters, span, report, everything, today),
        quality=quality_in(filters=filters, span=span),
        promises=attainment(counted),
        depth=depth(wanted),
        weeks=_weeks(filters, span, today),
        teams=_teams(counted),
        responses=responses(counted),
        report=report,
        cohorts=everything.cohorts[-COHORTS:],
        returned=returned_in(filters=filters, span=span),
        at_risk=at_risk(user=user, owner_ids=filters.owner_ids, at=at),
    )


def entered(span: Span) -> dict[str, str]:
    return days_params(span, "entered")


def _stages(
    filters: Filters, span: Span, report: FunnelReport, everything: FunnelReport, today: dt.date
) -> list[StageLine]:
    reached = reached_in(filters=filters, span=span)
    targets = targets_in(span)
    lines = []
    for row, now in zip(report.stages, everything.stages, strict=True):
        plan = targets.get(row.stage, {})
        lines.append(
            StageLine(
                stage=row.stage,
                reached=reached[row.stage],
                plan=planned(plan, span),
                plan_by_now=planned(plan, until(span, today)),
                here=now.balance,
                conversion=row.conversion,
                base=row.entered.count,
                median_seconds=row.median_seconds,
            )
        )
    return lines


def _weeks(filters: Filters, span: Span, today: dt.date) -> list[Week]:
    """The last weeks until the end of the span or today, the oldest first; weeks begin on Monday."""
    assert span.last is not None
    end = min(span.last, today)
    monday = end - end.weekday() * DAY
    first = monday - (WEEKS - 1) * WEEK
    by_day = reached_by_day(filters=filters, stage=Stage.MQL, span=Span(first, monday + 6 * DAY))
    targets = targets_in(Span(first, monday + 6 * DAY)).get(Stage.MQL, {})
    weeks = []
    for place in range(WEEKS):
        begin = first + place * WEEK
        days = Span(begin, begin + 6 * DAY)
        count = sum(by_day[begin + day * DAY] for day in range(7))
        behind = {"reached": Stage.MQL.value, **days_params(days, "reached")}
        weeks.append(Week(begin, Number(count, {**filters.params, **behind}), planned(targets, days)))
    return weeks


def _teams(counted: list[Tally]) -> list[TeamLines]:
    """People under their present team, teams and people by name; a team's sum leads its people."""
    rows = by_owner(counted)
    users = {
        user.pk: user for user in User.objects.filter(pk__in=[pk for pk in rows if pk]).select_related("team")
    }
    teams: dict[str, list[PersonLine]] = {}
    for owner, kept in rows.items():
        user = users.get(owner or 0)
        team = user.team.name if user and user.team else ""
        teams.setdefault(team, []).append(PersonLine(user, kept))
    return [
        TeamLines(
            name, added(line.kept for line in lines), sorted(lines, key=lambda line: str(line.user or "~"))
        )
        for name, lines in sorted(teams.items(), key=lambda item: (not item[0], item[0]))
    ]
