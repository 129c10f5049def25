"""Every number of the measured promises again, in plain Python from bare rows: equal to the last unit."""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from funnel.models import Assignment, Journey, Opportunity
from funnel.rules.periods import Span
from leads.models import Activity
from sla.enums import Per, PromiseKind, SplitBy
from sla.models import Clock, Dispute
from sla.rules.measure import Now, Term
from sla.selectors.agreements import MONTHS, RIPE
from sla.selectors.measure import cards, present
from sla.selectors.worth import LENT
from smarketing.accounts.enums import Side
from smarketing.accounts.models import User

pytestmark = pytest.mark.django_db
HERE = ZoneInfo(settings.TIME_ZONE)
DAY = dt.timedelta(days=1)


class Row(NamedTuple):
    """One given promise. ``level``: of the lead."""

    day: dt.date
    rep: int | None
    source: str
    outcome: str
    level: str = ""


class Bare:
    """All rows of the company, joined by hand."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.journeys = {row["id"]: row for row in Journey.objects.values()}
        self.levels = dict(Journey.objects.values_list("lead_id", "lead__seniority"))
        self.handed_to: dict[int, int] = {}
        for given in Assignment.objects.order_by("assigned_at", "pk").values("journey_id", "user_id"):
            if given["user_id"] is not None:
                self.handed_to.setdefault(given["journey_id"], given["user_id"])
        self.clocks = list(Clock.objects.values())
        self.upheld = set(Dispute.objects.filter(state="upheld").values_list("journey_id", "kind"))
        self.contacts: dict[int, list[Any]] = defaultdict(list)
        for contact in Activity.objects.filter(is_contact=True).values("lead_id", "occurred_at", "outcome"):
            self.contacts[contact["lead_id"]].append(contact)

    def rows(self, kind: PromiseKind) -> list[Row]:
        if kind in (PromiseKind.MQLS, PromiseKind.MQL_VALUE, PromiseKind.ACCEPTED_SHARE):
            return [
                self._handed_over(row, kind)
                for row in self.journeys.values()
                if row["mql_at"] and not self._was_struck(row, kind)
            ]
        if kind == PromiseKind.ATTEMPTS:
            return [row for clock in self.clocks if (row := self._given_up(clock))]
        return [
            self._of_clock(clock, self._outcome(clock))
            for clock in self.clocks
            if clock["kind"] == kind.value and clock["state"] != "cancelled"
        ]

    def _was_struck(self, row: Any, kind: PromiseKind) -> bool:
        """By the mediator: it was no MQL, or should not have been given back."""
        if kind != PromiseKind.ACCEPTED_SHARE:
            return (row["id"], "no_mql") in self.upheld
        given_back = row["sql_at"] is None and row["status"] in ("recycled", "disqualified")
        return given_back and (row["id"], "unfair_return") in self.upheld

    def _handed_over(self, row: Any, kind: PromiseKind) -> Row:
        outcome = "kept"
        if kind == PromiseKind.ACCEPTED_SHARE and row["sql_at"] is None:
            outcome = "missed" if row["status"] in ("recycled", "disqualified") else "open"
        day = row["mql_at"].astimezone(HERE).date()
        return Row(day, self.handed_to.get(row["id"]), row["source"], outcome, self.levels[row["lead_id"]])

    def _of_clock(self, clock: Any, outcome: str) -> Row:
        source = self.journeys[clock["journey_id"]]["source"]
        return Row(clock["started_at"].astimezone(HERE).date(), clock["owner_id"], source, outcome)

    def _outcome(self, clock: Any) -> str:
        if clock["state"] in ("met", "met_late"):
            return "kept" if clock["state"] == "met" else "late"
        late = clock["state"] == "running" and clock["due_at"] < self.at
        return "missed" if late or clock["state"] == "breached" else "open"

    def _given_up(self, clock: Any) -> Row | None:
        journey = self.journeys[clock["journey_id"]]
        if clock["kind"] != "first_contact" or journey["status"] not in ("recycled", "disqualified"):
            return None
        if journey["reason"] == "duplicate":
            return None
        if any(
            other["journey_id"] == clock["journey_id"]
            and other["kind"] == "first_contact"
            and other["started_at"] > clock["started_at"]
            for other in self.clocks
        ):
            return None
        contacts = self.contacts[clock["lead_id"]]
        made = [one for one in contacts if journey["mql_at"] <= one["occurred_at"] <= journey["closed_at"]]
        if any(one["outcome"] == "reached" for one in made):
            return None
        return self._of_clock(clock, "kept" if len(made) >= clock["attempts"] else "missed")

    def worth(self, before: dt.date) -> dict[str, Decimal]:
        """By level; "~" is the mean."""
        last = (before - RIPE).replace(day=1)
        number = last.year * 12 + last.month - 1 - MONTHS
        first = dt.date(number // 12, number % 12 + 1, 1)
        won = dict(Opportunity.objects.filter(status="won", currency="EUR").values_list("journey", "amount"))
        counts, money = Counter[str](), defaultdict[str, Decimal](Decimal)
        for row in self.journeys.values():
            if row["mql_at"] and first <= row["mql_at"].astimezone(HERE).date() < last:
                level = self.levels[row["lead_id"]]
                counts[level] += 1
                money[level] += won.get(row["id"], Decimal())
        mean = sum(money.values(), Decimal()) / counts.total() if counts else Decimal()
        cent = Decimal("0.01")
        found = {
            level: ((money[level] + LENT * mean) / (n + LENT)).quantize(cent) for level, n in counts.items()
        }
        return {level: value.quantize(cent) for level, value in {**found, "~": mean}.items()}


def counted(rows: list[Row], span: Span) -> Counter[str]:
    assert span.first and span.last
    return Counter(row.outcome for row in rows if span.first <= row.day <= span.last)


def test_on_the_demo_data_both_ways_agree() -> None:
    at = timezone.now()
    now, bare = present(at), Bare(at)
    teams = dict(User.objects.values_list("pk", "team_id"))
    period = Span(now.today - 120 * DAY, now.today + 60 * DAY)
    for kind in PromiseKind:
        term = Term(1, kind, Side.SALES, target=90.0, currency="EUR")
        rows = bare.rows(kind)
        assert rows, kind
        for per, by in ((Per.DAY, SplitBy.REP), (Per.WEEK, SplitBy.TEAM), (Per.MONTH, SplitBy.SOURCE)):
            (found,) = cards([term], period=period, day=now.today, per=per, by=by, now=now)
            for one in found.series:
                kept = one.fact.kept
                mine = counted(rows, one.span)
                assert (kept.kept, kept.late, kept.missed, kept.open) == (
                    mine["kept"], mine["late"], mine["missed"], mine["open"],
                ), (kind, per, one.span)  # fmt: skip
            assert groups_of(found) == grouped(rows, found.now.span, by, teams), (kind, by)
    value_agrees(bare, now)


def value_agrees(bare: Bare, now: Now) -> None:
    """To the cent."""
    period = Span(now.today - 40 * DAY, now.today)
    term = Term(1, PromiseKind.MQL_VALUE, Side.MARKETING, currency="EUR")
    (found,) = cards([term], period=period, day=now.today, per=Per.WEEK, by=SplitBy.REP, now=now)
    assert period.first is not None
    worth = bare.worth(period.first)
    for one in found.series:
        assert one.span.first and one.span.last
        rows = [row for row in bare.rows(term.kind) if one.span.first <= row.day <= one.span.last]
        assert one.fact.value == sum((worth.get(row.level, worth["~"]) for row in rows), Decimal())


def groups_of(found: Any) -> dict[str, tuple[int, int]]:
    """Given and kept, by key."""
    facts = {group.key: group.stretch.fact.kept for group in found.groups}
    return {key: (kept.given, kept.kept) for key, kept in facts.items()}


def grouped(rows: list[Row], span: Span, by: SplitBy, teams: dict[int, int | None]) -> dict[str, Any]:
    keys = {
        SplitBy.REP: lambda row: row.rep,
        SplitBy.TEAM: lambda row: teams.get(row.rep or 0),
        SplitBy.SOURCE: lambda row: row.source,
    }
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        assert span.first and span.last
        if span.first <= row.day <= span.last:
            key = str(keys[by](row) or "")
            given, kept = found.get(key, (0, 0))
            found[key] = (given + 1, kept + (row.outcome == "kept"))
    return found
