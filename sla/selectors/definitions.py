"""Who changed which definition, from what to what, and what the numbers were on both sides of it.

Read from the audit log. Of scoring rules only a publication counts, of an agreement that it came into
force, since a draft changes nothing; both are told as what differs from what counted before.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from funnel.rules.periods import Span
from leads.models import RuleSet
from leads.rules.versions import Difference, differences
from leads.selectors.rule_sets import compiled
from smarketing.accounts.models import ConfigChange
from smarketing.accounts.selectors.changes import Line, told

from ..enums import ClockKind, Outcome, Verdict
from ..models import Agreement
from ..rules.definitions import Daily, Sides, sides_of, summed
from ..rules.wording import Change
from ..rules.wording import changes as changes_of
from .agreements import day_of
from .documents import content_of
from .feedback import JUDGED, FeedbackFilter, passages
from .promises import Promised, promised

RULES, AGREEMENT, TARGETS = "leads.ruleset", "sla.agreement", "funnel.stagetarget"
KINDS = (RULES, "leads.persona", "sla.policy", "sla.calendar", AGREEMENT, TARGETS)
ONLY = {RULES: {"field": "status", "after": "live"}, AGREEMENT: {"field": "entered_at"}}
"""What an entry of these kinds must have changed to count."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a change. Shares are counted of those that are decided."""

    span: Span
    mqls: int
    returned: int
    judged: int
    in_time: int
    contacts: int


@dataclass(frozen=True, slots=True)
class Defined:
    """One change. ``before`` and ``after`` are None while no whole day has passed; ``is_first``: of what
    nothing counted before."""

    change: ConfigChange
    kind: str
    lines: Sequence[Line] = ()
    differences: Sequence[Difference | Change] = ()
    days: int = 0
    before: Side | None = None
    after: Side | None = None
    rule_set: int | None = None
    agreement: Agreement | None = None
    is_first: bool = False


def definition_changes(*, kind: str = "") -> QuerySet[ConfigChange]:
    """Newest first, with who made them. Monthly targets only when they are asked for: an agreement
    writes dozens at once, and it is told itself."""
    wanted = Q(kind__in=[one for one in KINDS if one not in ONLY])
    for name, changed in ONLY.items():
        wanted |= Q(kind=name, changes__contains=[changed])
    found = ConfigChange.objects.filter(wanted).select_related("actor")
    return found.filter(kind=kind) if kind in KINDS else found.exclude(kind=TARGETS)


def defined(changes: Sequence[ConfigChange], *, at: dt.datetime) -> list[Defined]:
    """Two statements for the numbers of all, one for agreements if there are any; scoring rules are read
    version by version."""
    today = day_of(at)
    sides = {change.pk: sides_of(day_of(change.at), today=today) for change in changes}
    known = [one for one in sides.values() if one is not None]
    verdicts, contacts = _daily(known, at)
    agreed = _agreed() if any(change.kind == AGREEMENT for change in changes) else {}
    return [_defined(change, sides[change.pk], verdicts, contacts, agreed) for change in changes]


def _defined(
    change: ConfigChange, sides: Sides | None, verdicts: Daily, contacts: Daily, agreed: "Agreed"
) -> Defined:
    said = told(change)
    numbers: dict[str, Any] = {}
    if sides is not None:
        numbers = {
            "days": sides.days,
            "before": _side(sides.before, verdicts, contacts),
            "after": _side(sides.after, verdicts, contacts),
        }
    if change.kind == RULES and change.object_id.isdecimal():
        found = _published(int(change.object_id))
        return Defined(change, said.kind, differences=found, rule_set=int(change.object_id), **numbers)
    if change.kind == AGREEMENT and change.object_id in agreed:
        one, before = agreed[change.object_id]
        differs = changes_of(content_of(before), content_of(one)) if before else []
        first = before is None
        return Defined(change, said.kind, differences=differs, agreement=one, is_first=first, **numbers)
    return Defined(change, said.kind, lines=said.lines, **numbers)


Agreed = Mapping[str, tuple[Agreement, Agreement | None]]
"""By id: an agreement that came into force, and the one that counted before."""


def _agreed() -> Agreed:
    rows = list(Agreement.objects.exclude(entered_at=None).order_by("entered_at", "pk"))
    return {str(one.pk): (one, before) for before, one in zip([None, *rows], rows, strict=False)}


def _published(rule_set_id: int) -> list[Difference]:
    """What this version changed from the one that counted before."""
    row = RuleSet.objects.filter(pk=rule_set_id, published_at__isnull=False).first()
    if row is None:
        return []
    earlier = RuleSet.objects.filter(published_at__lt=row.published_at).order_by("-published_at", "-pk")
    before = earlier.values_list("pk", flat=True).first()
    return differences(compiled(before) if before else None, compiled(rule_set_id))


def _daily(sides: Sequence[Sides], at: dt.datetime) -> tuple[Daily, Daily]:
    """By day, the verdicts on leads handed over and the outcomes of first contacts."""
    firsts = [one.before.first for one in sides if one.before.first]
    lasts = [one.after.last for one in sides if one.after.last]
    if not firsts or not lasts:
        return {}, {}
    span, zone = Span(min(firsts), max(lasts)), ZoneInfo(settings.TIME_ZONE)
    handed: Any = passages(FeedbackFilter(span)).order_by().annotate(day=TruncDate("mql_at", tzinfo=zone))
    started: Any = promised(Promised(span, kind=ClockKind.FIRST_CONTACT), at=at).order_by()
    started = started.annotate(day=TruncDate("started_at", tzinfo=zone))
    return _by_day(handed, "verdict"), _by_day(started, "outcome")


def _by_day(rows: Any, what: str) -> Daily:
    found: defaultdict[dt.date, Counter[str]] = defaultdict(Counter)
    for day, value, n in rows.values_list("day", what).annotate(n=Count("pk")):
        found[day][value] += n
    return found


def _side(span: Span, verdicts: Daily, contacts: Daily) -> Side:
    handed, reached = summed(verdicts, span), summed(contacts, span)
    return Side(
        span=span,
        mqls=handed.total(),
        returned=handed[Verdict.RETURNED],
        judged=sum(handed[verdict] for verdict in JUDGED),
        in_time=reached[Outcome.KEPT],
        contacts=reached[Outcome.KEPT] + reached[Outcome.LATE] + reached[Outcome.MISSED],
    )
