"""Quality of what marketing hands over: the one place where it is reckoned.

History is never rewritten: a disputed lead stays the MQL that it was. What the mediator upheld is
taken into account here, where the numbers are made.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from funnel.rules.periods import Span
from funnel.rules.report import Filters, Number
from funnel.selectors.flow import days, judged_in
from funnel.selectors.funnel_journeys import GIVEN_BACK

from ..enums import DisputeKind, DisputeState
from ..models import Dispute


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the MQLs handed over in a span: what sales ``accepted`` (SQL) and gave back instead.

    ``struck``: no MQLs after all, by the mediator; they do not count as MQLs of agreed quality.
    ``unfair``: given back without cause, by the mediator; sales' no does not count against marketing.
    """

    accepted: Number
    given_back: Number
    struck: int = 0
    unfair: int = 0
    handed_over: dict[str, str] = field(default_factory=dict)

    def agreed(self, delivered: int) -> int:
        """MQLs of agreed quality among those delivered in the same span."""
        return delivered - self.struck

    @property
    def decided(self) -> int:
        return self.accepted.count + self.given_back.count - self.unfair

    @property
    def accepted_percent(self) -> float | None:
        """Of the decided ones; None while none is."""
        return 100 * self.accepted.count / self.decided if self.decided else None

    def behind(self, kind: DisputeKind) -> dict[str, str]:
        """The filter of the disputes that ``struck`` and ``unfair`` counted."""
        more = {"given_back": "true"} if kind == DisputeKind.UNFAIR_RETURN else {}
        return {**self.handed_over, "kind": kind.value, "state": DisputeState.UPHELD.value, **more}


def quality_in(*, filters: Filters, span: Span) -> Quality:
    """One statement. A journey is disputed once a kind, so nothing counts twice."""
    unfair = GIVEN_BACK & Q(upheld(DisputeKind.UNFAIR_RETURN))
    more = {"struck": Q(upheld(DisputeKind.NO_MQL)), "unfair": unfair}
    accepted, given_back, counts = judged_in(filters=filters, span=span, more=more)
    return Quality(accepted, given_back, **counts, handed_over={**filters.params, **days(span, "mql")})


def upheld(kind: DisputeKind) -> Exists:
    """A condition on journeys."""
    return Exists(Dispute.objects.filter(journey=OuterRef("pk"), kind=kind, state=DisputeState.UPHELD))
