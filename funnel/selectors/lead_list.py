"""The list of leads: one row a journey, newest entry first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Func, Q, Value
from django.db.models.functions import Concat

from leads.models import Lead
from leads.models.folding import folded
from leads.rules.folding import fold
from leads.selectors import leads_visible_to
from leads.selectors.imports import leads_of_import
from leads.selectors.search import matching
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User

from ..models.journey import JourneyQuerySet
from ..rules.periods import EVER, Span
from ..rules.report import Filters
from .funnel_journeys import Behind, journeys_behind, within

SEEING_ALL = frozenset(Role) - REP_ROLES - {Role.MANAGER}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What people look for beside a number's own filter; blank is any.

    Every word of ``q`` begins a word of name, e-mail or company; ``owner`` is an id or ``none``,
    ``country`` an ISO code in capitals. ``company``, ``email``,
    ``phone`` (digits) and ``job_title`` are parts of what stands there. ``scores``: by ``fit_min``,
    ``fit_max`` and so on, both ends included. ``imported``: the id of an import whose rows made or met
    the lead, ``outcome`` what they did to it.
    """

    q: str = ""
    owner: str = ""
    grade: str = ""
    country: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    job_title: str = ""
    stage_since: Span = EVER
    last_meaningful: Span = EVER
    scores: Mapping[str, int] = field(default_factory=dict)
    imported: int | None = None
    outcome: str = ""


NOTHING_MORE = Narrowing()


def lead_list(
    *, user: User, filters: Filters, behind: Behind, narrowing: Narrowing = NOTHING_MORE
) -> JourneyQuerySet:
    """Journeys with lead, company and owner that this person may see. A merge joins leads, not passages:
    what a duplicate went through is listed as it is counted, but it has no current journey any more."""
    found = _everybodys(filters, behind, narrowing)
    if not (user.is_active and user.role in SEEING_ALL):
        found = found.filter(lead__in=leads_visible_to(user).values("pk"))
    return found.select_related("lead__company", "lead__owner")


def out_of_sight(*, user: User, filters: Filters, behind: Behind, narrowing: Narrowing = NOTHING_MORE) -> int:
    """How many more a number counted than ``lead_list`` shows: numbers are the same for everybody, the
    leads of other teams are not a manager's to see."""
    if user.role != Role.MANAGER:
        return 0
    found = _everybodys(filters, behind, narrowing).order_by()
    return found.exclude(lead__in=leads_visible_to(user).values("pk")).count()


def _everybodys(filters: Filters, behind: Behind, narrowing: Narrowing) -> JourneyQuerySet:
    return _narrowed(journeys_behind(filters=filters, behind=behind), narrowing)


def _narrowed(found: JourneyQuerySet, narrowing: Narrowing) -> JourneyQuerySet:
    if narrowing.q:
        found = found.filter(lead__in=matching(Lead.objects.all(), narrowing.q).values("pk"))
    if narrowing.owner:
        found = found.filter(lead__owner=None if narrowing.owner == "none" else int(narrowing.owner))
    if narrowing.grade:
        found = found.filter(lead__grade=narrowing.grade)
    if narrowing.country:
        found = found.filter(lead__country=narrowing.country)
    if narrowing.imported is not None:
        found = found.filter(lead__in=leads_of_import(narrowing.imported, narrowing.outcome))
    found = found.filter(
        within("stage_since", narrowing.stage_since),
        within("lead__last_meaningful_at", narrowing.last_meaningful),
        *(score_at(name, points, "lead__") for name, points in narrowing.scores.items()),
    )
    return _with_texts(found, narrowing)


def score_at(name: str, points: int, lead: str = "") -> Q:
    """``fit_min`` and the like as a condition; ``lead``: the way to the lead."""
    score, _end, end = name.partition("_")
    return Q(**{f"{lead}{score}__{'gte' if end == 'min' else 'lte'}": points})


def _with_texts(found: JourneyQuerySet, narrowing: Narrowing) -> JourneyQuerySet:
    """No index serves these: they are looked for in what the other filters leave."""
    if narrowing.company:
        names = folded(Concat("lead__company__name", Value("\n"), "lead__company_name"))
        found = found.alias(companies=names).filter(companies__contains=fold(narrowing.company))
    if narrowing.email:
        found = found.filter(lead__email__icontains=narrowing.email)
    if narrowing.phone:
        digits = re.sub(r"\D", "", narrowing.phone)
        plain = Func("lead__phone", Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
        found = found.alias(digits=plain).filter(digits__contains=digits) if digits else found.none()
    if narrowing.job_title:
        found = found.alias(title=folded("lead__job_title")).filter(title__contains=fold(narrowing.job_title))
    return found
