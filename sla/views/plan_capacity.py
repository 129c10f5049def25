"""Can the team work the leads of a plan? In numbers and in words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from funnel.enums import Stage
from funnel.rules.periods import Span
from smarketing.accounts.dates import Shape, day_words
from smarketing.accounts.models import User

from ..enums import Fit
from ..models import Agreement
from ..rules.capacity import Effort, Load, Worker, can_work, full_time, load_of
from ..rules.goal import months_of, spread
from ..selectors.capacity import seen_by, workers
from ..selectors.policies import company_calendar
from ..selectors.terms import promised_attempts

LOOKS = {Fit.RIGHT: "good", Fit.FEW: "soon", Fit.MANY: "late", Fit.NOBODY: "late"}


def capacity_shown(
    effort: Effort | None,
    *,
    agreement: Agreement,
    span: Span,
    planned: Mapping[Stage, int],
    heads: Mapping[Stage, int],
    viewer: User,
) -> dict[str, Any]:
    """``planned``: leads of the period by stage. Without effort or calendar there is nothing to say."""
    calendar = company_calendar()
    if effort is None or calendar is None:
        return {"has_calendar": calendar is not None}
    months = months_of(span)
    promised = promised_attempts(agreement)
    people, seen = workers(months, calendar), seen_by(viewer)
    never_away = full_time(calendar, tuple(months), ZoneInfo(settings.TIME_ZONE))
    loads = [
        load_of(
            stage,
            heads=heads[stage],
            planned=spread(planned[stage], span, months),
            workers=people,
            effort=effort,
            months=months,
            full_time=never_away,
        )
        for stage in (Stage.MQL, Stage.SQL)
    ]
    return {
        "has_calendar": True,
        "promised": promised if promised != effort.attempts else None,
        "loads": [_load(load, months, effort) for load in loads],
        "teams": _teams(people, effort, months),
        "people": _people([one for one in people if one.id in seen], effort, months),
    }


def _load(load: Load, months: Sequence[Span], effort: Effort) -> dict[str, Any]:
    return {
        "stage": load.stage,
        "words": finding(load, months),
        "look": LOOKS[load.fit],
        "fit": load.fit,
        "minutes": effort.minutes(load.stage),
        "planned": load.all_planned,
        "can": load.all_can,
        "months": list(zip(months, load.planned, load.can, strict=True)),
    }


def finding(load: Load, months: Sequence[Span]) -> str:
    """What the numbers mean and what can be done about it."""
    is_mql = load.stage == Stage.MQL
    values = {
        "leads": _("MQLs") if is_mql else _("SQLs"),
        "who": _("SDRs") if is_mql else _("AEs"),
        "planned": _number(load.all_planned),
        "can": _number(load.all_can),
        "more": _number(abs(load.all_planned - load.all_can)),
        "heads": load.heads,
        "needed": "–" if load.heads_needed is None else load.heads_needed,
    }
    texts = {
        Fit.NOBODY: _("Nobody is planned who works the %(planned)s %(leads)s."),
        Fit.MANY: _(
            "Too many %(leads)s for the team: %(planned)s are planned, %(can)s can be worked, %(more)s would "
            "wait. %(who)s needed: %(needed)s instead of %(heads)s; or less time for each, or better leads."
        ),
        Fit.FEW: _(
            "Too few %(leads)s for the team: %(planned)s are planned, %(can)s could be worked. "
            "%(who)s needed: %(needed)s instead of %(heads)s; or each lead can have more time."
        ),
        Fit.RIGHT: _("The team can work the %(leads)s: %(planned)s are planned, %(can)s can be worked."),
    }
    said = texts[load.fit] % values
    if load.fit != Fit.RIGHT or not load.tight:
        return said
    tight = ", ".join(day_words(first, Shape.MONTH) for n in load.tight if (first := months[n].first))
    return (
        said + " " + _("In these months there are more than can be worked: %(months)s.") % {"months": tight}
    )


def _number(value: int) -> str:
    return number_format(value, 0, force_grouping=True)


def _teams(people: Sequence[Worker], effort: Effort, months: Sequence[Span]) -> list[dict[str, Any]]:
    groups: defaultdict[tuple[str, Stage], list[Worker]] = defaultdict(list)
    for one in people:
        groups[one.team, one.stage].append(one)
    return [
        {
            "name": team,
            "stage": stage,
            "heads": len(members),
            "can": sum(sum(can_work(one, effort, months)) for one in members) // len(months),
        }
        for (team, stage), members in groups.items()
    ]


def _people(people: Sequence[Worker], effort: Effort, months: Sequence[Span]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "stage": one.stage,
            "hours": sum(one.seconds) // 3600 // len(months),
            "most": one.most,
            "can": sum(can_work(one, effort, months)) // len(months),
        }
        for one in people
    ]
