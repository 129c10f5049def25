"""Everything the dashboard shows, put together from the funnel's and the promises' selectors."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from funnel.enums import STAGES, Grouping, Stage
from funnel.rules.events import Events
from funnel.rules.periods import EVER, Span
from funnel.rules.report import Cohort, Filters, FunnelReport, GroupRow, Number
from funnel.rules.targets import planned, until
from funnel.selectors.events import events_in
from funnel.selectors.flow import days as days_params
from funnel.selectors.flow import reached_in, returns, targets_in
from funnel.selectors.funnel_report import breakdown, funnel_reports
from smarketing.accounts.models import User

from ..enums import ClockKind
from ..models import Agreement
from ..rules.promises import Kept, Tally, added, attainment, by_owner, responses
from .agreements import agreement_in_force, targeted
from .promise_sums import PromiseSums
from .promises import Promised, at_risk
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
    plan_by_yesterday: int | None
    here: Number
    conversion: float | None
    base: int
    median_seconds: float | None

    @property
    def is_behind(self) -> bool:
        """Today is not over: what was due until yesterday has to be there."""
        return self.plan_by_yesterday is not None and self.reached.count < self.plan_by_yesterday


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


class Dashboard:
    """Read piece by piece as it is asked for: the page, its parts that come later, one table as CSV.

    ``filters``: with the span, the base of every link; ``quality``: what became of the MQLs of the period.
    """

    def __init__(
        self, *, user: User, filters: Filters, span: Span, by: Grouping, at: dt.datetime, today: dt.date
    ) -> None:
        """``filters`` without a span; ``span`` closed at both ends."""
        self.span = span
        self.filters = replace(filters, entered=span, params={**filters.params, **entered(span)})
        self._ever, self._by, self._at, self._today = filters, by, at, today
        ever = Promised(filters.entered, filters.owner_ids, filters.source, filters.campaign, filters.persona)
        self.at_risk = at_risk(user=user, wanted=ever, at=at)
        self._wanted = Promised(span, filters.owner_ids, filters.source, filters.campaign, filters.persona)
        self._promised = PromiseSums(self._wanted, at=at)

    @property
    def lasting_params(self) -> dict[str, str]:
        """The filter without its period, as in an address."""
        return dict(self._ever.params)

    @cached_property
    def stages(self) -> list[StageLine]:
        reached = reached_in(self._events, filters=self._ever, span=self.span)
        lines = []
        for row, now in zip(self._reports[1].stages, self._reports[0].stages, strict=True):
            plan, due = self._targets.get(row.stage, {}), until(self.span, self._today)
            lines.append(
                StageLine(
                    stage=row.stage,
                    reached=reached[row.stage],
                    plan=planned(plan, self.span, self._agreed),
                    plan_by_now=planned(plan, due, self._agreed),
                    plan_by_yesterday=planned(plan, until(due, self._today - DAY), self._agreed),
                    here=now.balance,
                    conversion=row.conversion,
                    base=row.entered.count,
                    median_seconds=row.median_seconds,
                )
            )
        return lines

    @property
    def mql(self) -> StageLine:
        return self.stages[STAGES.index(Stage.MQL)]

    @property
    def is_part(self) -> bool:
        """Whether leads are left out; targets are of the whole funnel, so nothing is held against them."""
        ever = self._ever
        narrowed = (ever.owner_ids, ever.source, ever.landing_page, ever.campaign, ever.persona)
        return any(value is not None for value in narrowed)

    @property
    def has_plan(self) -> bool:
        return any(line.plan is not None for line in self.stages)

    @cached_property
    def quality(self) -> Quality:
        return quality_in(filters=self._ever, span=self.span, events=self._events)

    @cached_property
    def promises(self) -> Mapping[ClockKind, Kept]:
        return attainment(self._promised.tallies)

    @property
    def depth(self) -> Kept:
        return self._promised.depth

    @cached_property
    def responses(self) -> list[int]:
        return responses(self._promised.tallies)

    @cached_property
    def teams(self) -> list[TeamLines]:
        return _teams(PromiseSums(self._wanted, at=self._at, by_owner=True).tallies)

    @cached_property
    def weeks(self) -> list[Week]:
        """The last weeks until the end of the span or today, the oldest first; weeks begin on Monday."""
        weeks, by_day = [], self._events.by_day(Stage.MQL)
        for place in range(WEEKS):
            begin = self._weeks.first + place * WEEK if self._weeks.first else self._today
            days = Span(begin, begin + 6 * DAY)
            count = sum(by_day[begin + day * DAY] for day in range(7))
            behind = {"reached": Stage.MQL.value, **days_params(days, "reached")}
            plan = planned(self._targets.get(Stage.MQL, {}), days, self._agreed)
            weeks.append(Week(begin, Number(count, {**self._ever.params, **behind}), plan))
        return weeks

    @cached_property
    def returned(self) -> list[tuple[str, Number]]:
        return returns(self._events, filters=self._ever, span=self.span)

    @cached_property
    def sources(self) -> list[GroupRow]:
        """The largest groups of the period, by what it is split by."""
        return breakdown(filters=self.filters, by=self._by, page_size=SOURCES).rows

    @property
    def cohorts(self) -> list[Cohort]:
        return self._reports[0].cohorts[-COHORTS:]

    @cached_property
    def _reports(self) -> list[FunnelReport]:
        """Of everything, and of the leads that entered in the period."""
        return funnel_reports([self._ever, self.filters])

    @cached_property
    def _weeks(self) -> Span:
        assert self.span.last is not None
        end = min(self.span.last, self._today)
        monday = end - end.weekday() * DAY
        return Span(monday - (WEEKS - 1) * WEEK, monday + 6 * DAY)

    @cached_property
    def _events(self) -> Events:
        """One statement for all that is counted by the day on which it happened."""
        return events_in(filters=self._ever, span=self.span, mqls=self._weeks)

    @cached_property
    def agreement(self) -> Agreement | None:
        """In force."""
        return agreement_in_force(self._at)

    @property
    def _agreed(self) -> Span:
        """The days that the targets are for."""
        return EVER if self.is_part else targeted(self.agreement)

    @cached_property
    def _targets(self) -> dict[Stage, dict[dt.date, int]]:
        """Of the span and of the weeks, in one statement; a plan takes the months it needs."""
        if self.is_part:
            return {}
        ends = [day for span in (self.span, self._weeks) for day in (span.first, span.last) if day]
        return targets_in(Span(min(ends), max(ends)))


def entered(span: Span) -> dict[str, str]:
    return days_params(span, "entered")


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
