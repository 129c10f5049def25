"""The list of leads: one row a journey, newest entry first."""

from dataclasses import dataclass

from leads.models import Lead
from leads.selectors import leads_visible_to
from leads.selectors.search import matching
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User

from ..models.journey import JourneyQuerySet
from ..rules.report import Filters
from .funnel_journeys import Behind, journeys_behind

SEEING_ALL = frozenset(Role) - REP_ROLES - {Role.MANAGER}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What people look for beside a number's own filter; blank is any.

    Every word of ``q`` begins a word of name, e-mail or company; ``owner`` is an id or ``none``,
    ``persona`` an id or 0 for none, ``country`` an ISO code in capitals.
    """

    q: str = ""
    owner: str = ""
    grade: str = ""
    persona: int | None = None
    country: str = ""


NOTHING_MORE = Narrowing()


def lead_list(
    *, user: User, filters: Filters, behind: Behind, narrowing: Narrowing = NOTHING_MORE
) -> JourneyQuerySet:
    """Journeys with lead, company and owner that this person may see; merged duplicates left out."""
    found = journeys_behind(filters=filters, behind=behind).filter(lead__merged_into=None)
    if not (user.is_active and user.role in SEEING_ALL):
        found = found.filter(lead__in=leads_visible_to(user).values("pk"))
    return _narrowed(found, narrowing).select_related("lead__company", "lead__owner")


def _narrowed(found: JourneyQuerySet, narrowing: Narrowing) -> JourneyQuerySet:
    if narrowing.q:
        found = found.filter(lead__in=matching(Lead.objects.all(), narrowing.q).values("pk"))
    if narrowing.owner:
        found = found.filter(lead__owner=None if narrowing.owner == "none" else int(narrowing.owner))
    if narrowing.grade:
        found = found.filter(lead__grade=narrowing.grade)
    if narrowing.persona is not None:
        found = found.filter(lead__persona=narrowing.persona or None)
    if narrowing.country:
        found = found.filter(lead__country=narrowing.country)
    return found
