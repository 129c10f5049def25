"""Who may dispute what about a lead, and who decides it.

Sales says that something was no MQL, marketing that a return was not fair. Administrators are the
referees of last resort, so they raise nothing; the parties of a dispute do not decide it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from funnel.enums import Stage, Status
from smarketing.accounts.enums import Role, Side

from ..enums import DisputeKind

SALES = {Role.SDR, Role.AE}
GIVEN_BACK = frozenset({Status.RECYCLED, Status.DISQUALIFIED})


@dataclass(frozen=True, slots=True)
class Passage:
    """What counts of a journey: how far it came and how it stands."""

    stage: str
    status: str
    was_handed_off: bool


def kinds_of(role: str, side: str) -> frozenset[DisputeKind]:
    """What somebody of this role may dispute; ``side``: of their team, empty without one."""
    if role in SALES:
        return frozenset({DisputeKind.NO_MQL})
    if role == Role.MARKETER:
        return frozenset({DisputeKind.UNFAIR_RETURN})
    if role != Role.MANAGER:
        return frozenset()
    return frozenset(
        kind
        for kind, own in ((DisputeKind.NO_MQL, Side.SALES), (DisputeKind.UNFAIR_RETURN, Side.MARKETING))
        if side in ("", own)
    )


def may_be_about(kind: str, passage: Passage) -> bool:
    """A customer was an MQL beyond doubt; what never went to sales can neither be none nor come back."""
    if not passage.was_handed_off:
        return False
    if kind == DisputeKind.NO_MQL:
        return passage.stage != Stage.CUSTOMER
    return passage.status in GIVEN_BACK


def deciders(
    *, mediator: int | None, admins: Iterable[int], parties: Collection[int | None]
) -> tuple[int, ...]:
    """The mediator, unless there is none or the dispute is their own: then the administrators."""
    if mediator is not None and mediator not in parties:
        return (mediator,)
    known = tuple(admins)
    return tuple(admin for admin in known if admin not in parties) or known
