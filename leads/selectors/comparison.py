"""A draft beside the live rules on real leads: who would move, and when leads would have qualified."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone

from smarketing.accounts.models import User

from ..models import Lead
from ..rules import scoring as rules
from ..rules.replay import first_mql
from ..rules.totals import Totals
from ..rules.versions import LineChange, line_changes
from .preview import Preview, Scored, batches, count
from .scores import SCORED_COLUMNS, events_of, facts_of
from .visibility import leads_visible_to

WEEKS = 12
SAMPLES = 6
"""Leads shown of each kind of change."""
CANDIDATES = 300
"""Leads of each kind that are remembered while counting, so that some of them are visible."""
STAGES = ("none", "target", "mql")
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

    found: Preview
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
    comparison = Comparison(Preview(Lead.objects.current().count() if total is None else total))
    mondays = _mondays(at)
    since = _midnight(mondays[0])
    totals, replayed = Totals(live, draft), {"before": (live, Totals(live)), "after": (draft, Totals(draft))}
    qualified: dict[str, Counter[date]] = {"before": Counter(), "after": Counter()}
    kept: dict[str, list[int]] = {}
    for leads in batches(comparison.found.total, sample):
        events = events_of([lead.pk for lead in leads], draft.kinds | live.kinds)
        for lead in leads:
            facts, own = facts_of(lead), events.get(lead.pk, [])
            # Both for this moment: what is stored may wait for its decay, and only the rules are to differ.
            before, after = totals.of(facts, own, at)
            was = rules.qualifies(live.thresholds, before)
            will = rules.qualifies(draft.thresholds, after)
            count(comparison.found, Scored(before, was), Scored(after, will))
            if was != will:
                comparison.moves[was, will] += 1
            _keep(kept, lead.pk, was, will, changed=before != after)
            first = partial(first_mql, facts=facts, events=own, created_at=lead.created_at, since=since)
            for name, (rule_set, own_totals) in replayed.items():
                moment = first(rule_set, totals=own_totals) if rule_set.groups else None
                if moment is not None and moment <= at:
                    qualified[name][_monday(moment)] += 1
    comparison.weeks = [
        WeekCount(monday, qualified["before"][monday], qualified["after"][monday]) for monday in mondays
    ]
    comparison.samples = _samples(kept, draft, live, user, at)
    return comparison


def _keep(kept: dict[str, list[int]], lead_id: int, was: str, will: str, *, changed: bool) -> None:
    """Who becomes MQL, who stops being one, any other move, or other points alone."""
    if was != will:
        kind = "up" if will == "mql" else "down" if was == "mql" else "move"
    elif changed:
        kind = "points"
    else:
        return
    some = kept.setdefault(kind, [])
    if len(some) < CANDIDATES:
        some.append(lead_id)


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
