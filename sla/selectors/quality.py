"""Quality of what marketing hands over: the one place where it is reckoned.

History is never rewritten: a disputed lead stays the MQL that it was. What the mediator upheld is
taken into account here, where the numbers are made.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from funnel.enums import Stage
from funnel.rules.events import Events
from funnel.rules.periods import Span
from funnel.rules.report import Filters, Number
from funnel.selectors.events import events_in
from funnel.selectors.flow import days, verdicts
from funnel.selectors.funnel_journeys import GIVEN_BACK, Behind, journeys_behind

from ..enums import DisputeKind, DisputeState
from ..models import Dispute
from .statements import rows_of


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


def quality_in(*, filters: Filters, span: Span, events: Events | None = None) -> Quality:
    """One statement, of disputes, which are few, when somebody has already read the ``events``."""
    events = events or events_in(filters=filters, span=span)
    accepted, given_back = verdicts(events, filters=filters, span=span)
    return Quality(
        accepted,
        given_back,
        **_upheld_in(filters=filters, span=span),
        handed_over={**filters.params, **days(span, "mql")},
    )


def _upheld_in(*, filters: Filters, span: Span) -> dict[str, int]:
    """A journey is disputed once a kind, so nothing counts twice."""
    # Its addresses decide nothing, and cannot be a key.
    asked = tuple(getattr(filters, one.name) for one in fields(filters) if one.name != "params")
    for struck, unfair in rows_of(_upheld, asked, span):
        return {"struck": struck, "unfair": unfair}
    return {"struck": 0, "unfair": 0}


def _upheld(asked: tuple[Any, ...], span: Span) -> Any:
    handed_over = journeys_behind(filters=Filters(*asked), behind=Behind(reached=Stage.MQL, reached_in=span))
    back = handed_over.filter(GIVEN_BACK)
    found: Any = Dispute.objects.filter(state=DisputeState.UPHELD).order_by()
    return (
        found.values_list("state")
        .annotate(
            struck=Count("pk", filter=Q(kind=DisputeKind.NO_MQL, journey__in=handed_over)),
            unfair=Count("pk", filter=Q(kind=DisputeKind.UNFAIR_RETURN, journey__in=back)),
        )
        .values_list("struck", "unfair")
    )


def upheld(kind: DisputeKind) -> Exists:
    """A condition on journeys."""
    return Exists(Dispute.objects.filter(journey=OuterRef("pk"), kind=kind, state=DisputeState.UPHELD))
