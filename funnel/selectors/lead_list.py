"""The list of leads: one row a journey, newest entry first."""

from leads.models import Lead
from leads.selectors import leads_visible_to
from leads.selectors.search import matching
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User

from ..models.journey import JourneyQuerySet
from ..rules.report import Filters
from .funnel_journeys import Behind, journeys_behind

SEEING_ALL = frozenset(Role) - REP_ROLES - {Role.MANAGER}


def lead_list(
    *, user: User, filters: Filters, behind: Behind, q: str = "", owner: str = ""
) -> JourneyQuerySet:
    """Journeys with lead, company and owner that this person may see; merged duplicates left out.

    Every word of ``q`` begins a word of name, e-mail or company; ``owner`` is an id or ``none``.
    """
    found = journeys_behind(filters=filters, behind=behind).filter(lead__merged_into=None)
    if not (user.is_active and user.role in SEEING_ALL):
        found = found.filter(lead__in=leads_visible_to(user).values("pk"))
    if q:
        found = found.filter(lead__in=matching(Lead.objects.all(), q).values("pk"))
    if owner:
        found = found.filter(lead__owner=None if owner == "none" else int(owner))
    return found.select_related("lead__company", "lead__owner")
