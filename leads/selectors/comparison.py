"""A draft beside the live rules on real leads: who would move, and when leads would have qualified."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone

from smarketing.accounts.models import User

from ..models import Lead
from ..rules import scoring as rules
from ..rules.replay import first_mqls, looks_back
from ..rules.totals import STAGES, Column, Happened, Looks, Mask, Table, Totals, moment_of, stages, time_of
from ..rules.versions import LineChange, line_changes
from .columns import Batch, batches_of, happened_to
from .preview import Moved, how_many_current
from .scores import SCORED_COLUMNS, events_of, facts_of
from .visibility import leads_visible_to

WEEKS = 12
SAMPLES = 6
"""Leads shown of each kind of change."""
CANDIDATES = 300
"""Leads of each kind that are remembered while counting, so that some of them are visible."""
NOTHING = rules.RuleSet(0, 0, (), ())


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Leads looked at that would have become MQL in the week from ``monday``."""

    monday: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One lead by both sets of rules at the same moment."""

    lead: Lead
    before: rules.Scores
    after: rules.Scores
    was: str
    will: str
    lines: list[LineChange]


@dataclass(slots=True)
class Comparison:
    """``found`` counts the leads looked at; ``moves`` by (stage before, stage after), changed ones only."""

    found: Moved
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    weeks: list[WeekCount] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def is_sample(self) -> bool:
        return self.found.looked_at < self.found.total

    def estimate(self, counted: int) -> int:
        """For all leads, from the even sample that was looked at."""
        return round(counted * self.found.total / self.found.looked_at) if self.found.looked_at else 0


def how_many(most: int) -> int | None:
    """Leads; None for more than ``most``, because counting all of them would take longer."""
    found = Lead.objects.current().order_by()[: most + 1].count()
    return found if found <= most else None


def compare(
    draft: rules.RuleSet,
    live: rules.RuleSet | None,
    *,
    user: User,
    at: datetime,
    sample: int,
    total: int | None = None,
) -> Comparison:
    """Score at most ``sample`` leads, spread evenly over all, by the draft and by the live rules.

    Nothing is stored. Counts are of all leads, as they are for the scores themselves; shown are only
    leads that ``user`` may see. Both histories of MQLs are replayed with the facts of now, so they
    differ by the rules alone. ``live`` None: no rules count yet; ``total``: how many leads there are,
    where that is known.
    """
    live = live or NOTHING
    comparison = Comparison(Moved(how_many_current() if total is None else total))
    mondays = _mondays(at)
    since = moment_of(_midnight(mondays[0]))
    both = _Both(live, draft, Totals(live, draft))
    qualified: list[Counter[date]] = [Counter(), Counter()]
    kept: dict[str, list[int]] = {}
    for batch in batches_of(both.totals.fields, total=comparison.found.total, sample=sample):
        fixed = [both.totals.fixed(values) for values in batch.facts]
        happened = happened_to(batch.ids, draft.kinds | live.kinds)
        # Both for this moment: what is stored may wait for its decay, and only the rules are to differ.
        before, after = both.now(batch, fixed, happened, moment_of(at))
        _count(comparison.found, before, after)
        comparison.moves.update(_moves(before.stage, after.stage))
        _keep(kept, batch.ids, before, after)
        for weeks, moments in zip(qualified, both.became(batch, fixed, happened, since), strict=True):
            inside = moments[(since <= moments) & (moments <= moment_of(at))]
            weeks.update(_monday(time_of(moment)) for moment in inside.tolist())
    comparison.weeks = [WeekCount(monday, *(counted[monday] for counted in qualified)) for monday in mondays]
    comparison.samples = _samples(kept, draft, live, user, at)
    return comparison


@dataclass(frozen=True, slots=True)
class Scored:
    """Of some leads the scores, a row each, and the furthest stage that they meet, by its place in
    ``STAGES``."""

    values: Table
    stage: Column

    @property
    def is_mql(self) -> Mask:
        return self.stage == STAGES.index("mql")


@dataclass(frozen=True, slots=True)
class _Both:
    """Live rules and draft, in this order, and what they have in common."""

    live: rules.RuleSet
    draft: rules.RuleSet
    totals: Totals

    def now(self, batch: Batch, fixed: list[tuple[int, ...]], happened: Happened, at: int) -> list[Scored]:
        everybody = np.arange(len(batch.ids))
        looks = Looks(everybody, np.full(len(everybody), at), all_known=True)
        tables = self.totals.at(looks, fixed, happened)
        return [
            Scored(values, stages(rule_set.thresholds, values))
            for rule_set, values in zip((self.live, self.draft), tables, strict=True)
        ]

    def became(
        self, batch: Batch, fixed: list[tuple[int, ...]], happened: Happened, since: int
    ) -> list[Column]:
        """When each lead would have become MQL; no rules make none."""
        looks = looks_back(batch.created, happened, since=since)
        tables = self.totals.at(looks, fixed, happened)
        return [
            first_mqls(looks, values, rule_set.thresholds if rule_set.groups else (), leads=len(batch.ids))
            for rule_set, values in zip((self.live, self.draft), tables, strict=True)
        ]


def _count(found: Moved, before: Scored, after: Scored) -> None:
    found.looked_at += len(before.stage)
    found.changed += int(np.count_nonzero(_differ(before, after)))
    found.become_mql += int(np.count_nonzero(after.is_mql & ~before.is_mql))
    found.stop_mql += int(np.count_nonzero(before.is_mql & ~after.is_mql))


def _differ(before: Scored, after: Scored) -> Mask:
    return np.any(before.values != after.values, axis=1)


def _moves(was: Column, will: Column) -> Counter[tuple[str, str]]:
    moved = was != will
    pairs = Counter(zip(was[moved].tolist(), will[moved].tolist(), strict=True))
    return Counter({(STAGES[one], STAGES[other]): n for (one, other), n in pairs.items()})


def _keep(kept: dict[str, list[int]], ids: Sequence[int], before: Scored, after: Scored) -> None:
    """Who becomes MQL, who stops being one, any other move, or other points alone."""
    moves = before.stage != after.stage
    kinds = {
        "up": moves & after.is_mql,
        "down": moves & before.is_mql,
        "move": moves & ~after.is_mql & ~before.is_mql,
        "points": ~moves & _differ(before, after),
    }
    for kind, theirs in kinds.items():
        some = kept.setdefault(kind, [])
        some += [ids[place] for place in np.flatnonzero(theirs)[: CANDIDATES - len(some)]]


def _samples(
    kept: dict[str, list[int]], draft: rules.RuleSet, live: rules.RuleSet, user: User, at: datetime
) -> list[Sample]:
    wanted = [pk for kind in ("up", "down", "move", "points") for pk in kept.get(kind, ())]
    visible = (
        set(leads_visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    )
    chosen: list[int] = []
    for kind in ("up", "down", "move", "points"):
        chosen += [pk for pk in kept.get(kind, ()) if pk in visible][:SAMPLES]
    rows = Lead.objects.select_related("company").only(*SCORED_COLUMNS).in_bulk(chosen)
    events = events_of(chosen, draft.kinds | live.kinds) if chosen else {}
    found = []
    for lead in (rows[pk] for pk in chosen if pk in rows):
        facts, own = facts_of(lead), events.get(lead.pk, [])
        before, after = rules.score(live, facts, own, at), rules.score(draft, facts, own, at)
        was = rules.qualifies(live.thresholds, before.values)
        will = rules.qualifies(draft.thresholds, after.values)
        found.append(Sample(lead, before, after, was, will, line_changes(before, after)))
    return found


def _monday(moment: datetime) -> date:
    day = timezone.localtime(moment, timezone.get_default_timezone()).date()
    return day - timedelta(days=day.weekday())


def _mondays(at: datetime) -> list[date]:
    """Of the last weeks, the present one included, the oldest first."""
    last = _monday(at)
    return [last - timedelta(weeks=weeks) for weeks in reversed(range(WEEKS))]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
