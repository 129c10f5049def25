"""The legal graph of a journey: which move leads where, who may make it, what it must say.

Source: "The funnel" of the domain. The SDR decides at MQL, the AE at SQL and opportunity; their
managers and admins may do the same, marketers act on what is still theirs, executives only read.
The system (no actor) may make every legal move except one that needs a decision by a person.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from smarketing.accounts.enums import Role
from smarketing.accounts.rules.messages import Message as _

from ..enums import Move, Reason, Stage, Status
from ..errors import InvalidMove
from .currencies import CURRENCIES

MAX_AMOUNT = Decimal(10) ** 12
"""First amount that no longer fits ``Opportunity.amount`` (14 digits, 2 of them decimals)."""

LEADERS = frozenset({Role.MANAGER, Role.ADMIN})
MARKETING = LEADERS | {Role.MARKETER}
SDRS = LEADERS | {Role.SDR}
AES = LEADERS | {Role.AE}
NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Edge:
    """One allowed move. ``needs`` names the fields of ``Details`` that must be given."""

    stage: Stage
    status: Status
    move: Move
    to_stage: Stage
    to_status: Status
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Details:
    """What the mover said. ``resume_at`` is aware; ``amount`` is in units of ``currency``, and
    ``deal_version`` that of the deal whose amount they saw."""

    reason: str = ""
    note: str = ""
    resume_at: datetime | None = None
    amount: Decimal | None = None
    currency: str = ""
    expected_close: date | None = None
    deal_version: int | None = None


def _top() -> Iterator[Edge]:
    for stage in (Stage.NEW_NAME, Stage.ENGAGED, Stage.TARGET):
        active = (stage, Status.ACTIVE)
        for further in (Stage.ENGAGED, Stage.TARGET, Stage.MQL):
            if list(Stage).index(further) > list(Stage).index(stage):
                yield Edge(*active, Move.ADVANCE, further, Status.ACTIVE, NOBODY)
        yield Edge(*active, Move.HAND_OFF, Stage.MQL, Status.ACTIVE, MARKETING, ("note",))
        yield Edge(*active, Move.DISQUALIFY, stage, Status.DISQUALIFIED, MARKETING, ("reason",))


def _middle() -> Iterator[Edge]:
    for stage, reps in ((Stage.MQL, SDRS), (Stage.SQL, AES)):
        active, later = (stage, Status.ACTIVE), (stage, Status.POSTPONED)
        yield Edge(*active, Move.POSTPONE, *later, reps, ("reason", "resume_at"))
        yield Edge(*later, Move.RESUME, *active, reps)
        for origin in (active, later):
            yield Edge(*origin, Move.RECYCLE, stage, Status.RECYCLED, reps, ("reason",))
            rejecters = SDRS if stage is Stage.MQL else LEADERS
            yield Edge(*origin, Move.DISQUALIFY, stage, Status.DISQUALIFIED, rejecters, ("reason",))
    yield Edge(Stage.MQL, Status.ACTIVE, Move.QUALIFY, Stage.SQL, Status.ACTIVE, SDRS)
    yield Edge(
        Stage.SQL,
        Status.ACTIVE,
        Move.CONVERT,
        Stage.OPPORTUNITY,
        Status.ACTIVE,
        AES,
        ("amount", "currency", "expected_close"),
    )


def _bottom() -> Iterator[Edge]:
    active = (Stage.OPPORTUNITY, Status.ACTIVE)
    yield Edge(*active, Move.WIN, Stage.CUSTOMER, Status.WON, AES)
    yield Edge(*active, Move.LOSE, Stage.OPPORTUNITY, Status.LOST, AES, ("reason",))
    # A closed journey keeps its history; starting over opens the next one. Customers stay customers.
    yield Edge(*active[:1], Status.LOST, Move.ENTER, Stage.NEW_NAME, Status.ACTIVE, MARKETING)
    for stage in (Stage.NEW_NAME, Stage.ENGAGED, Stage.TARGET, Stage.MQL, Stage.SQL):
        yield Edge(
            stage, Status.DISQUALIFIED, Move.ENTER, Stage.NEW_NAME, Status.ACTIVE, MARKETING, ("note",)
        )


EDGES: tuple[Edge, ...] = (*_top(), *_middle(), *_bottom())
_BY_MOVE: dict[tuple[str, str, str], Edge] = {
    (edge.stage.value, edge.status.value, edge.move.value): edge
    for edge in EDGES
    if edge.move is not Move.ADVANCE
}


def edge_for(*, stage: str, status: str, move: str) -> Edge | None:
    """The edge of a deliberate move; advancing by score is never asked for, so it has none."""
    return _BY_MOVE.get((stage, status, move))


def moves_open_to(role: str, *, stage: str, status: str) -> list[Move]:
    """What somebody with this role may do to a journey that stands here."""
    return [
        edge.move
        for (at_stage, at_status, _move), edge in _BY_MOVE.items()
        if (at_stage, at_status) == (stage, status) and role in edge.roles
    ]


def check_details(edge: Edge, details: Details, *, at: datetime) -> None:
    """Refuse what is missing or wrong with ``InvalidMove`` that names the field."""
    for name in edge.needs:
        if getattr(details, name) in (None, ""):
            raise InvalidMove(_MISSING[name], field=name)
    if details.reason and details.reason not in Reason.values:
        raise InvalidMove(_("This reason is not known."), field="reason")
    if details.reason == Reason.OTHER and not details.note.strip():
        raise InvalidMove(_("Say in a note what the other reason is."), field="note")
    if "note" in edge.needs and not details.note.strip():
        raise InvalidMove(_MISSING["note"], field="note")
    if edge.move is Move.POSTPONE and details.resume_at is not None and details.resume_at <= at:
        raise InvalidMove(_("The date to resume must lie in the future."), field="resume_at")
    if details.amount is not None:
        check_money(details.amount, details.currency)
    if details.expected_close is not None:
        check_close(details.expected_close, at=at)


def check_close(day: date, *, at: datetime) -> None:
    # One day of slack: "today" where the actor sits may still be yesterday in UTC.
    if day < (at - timedelta(days=1)).date():
        raise InvalidMove(_("The expected close lies in the past."), field="expected_close")


def check_money(amount: Decimal, currency: str) -> None:
    """``InvalidMove`` names ``amount`` or ``currency``."""
    if not amount.is_finite() or amount < 0 or amount >= MAX_AMOUNT:
        raise InvalidMove(_("The amount must be a number from 0 up to 12 digits."), field="amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise InvalidMove(_("The amount has more than two decimals."), field="amount")
    if currency not in CURRENCIES:
        raise InvalidMove(_("The currency must be an ISO 4217 code, such as EUR."), field="currency")


_MISSING = {
    "reason": _("Give a reason."),
    "note": _("Say why in a note."),
    "resume_at": _("Say when to resume."),
    "amount": _("An opportunity needs an amount."),
    "currency": _("An opportunity needs a currency."),
    "expected_close": _("An opportunity needs an expected close date."),
}


def stages_between(start: str, end: str) -> Iterable[Stage]:
    """Stages passed on the way from ``start`` (excluded) to ``end`` (included)."""
    order = list(Stage)
    return order[order.index(Stage(start)) + 1 : order.index(Stage(end)) + 1]


def moves_forward(role: str, *, stage: str, status: str) -> list[Edge]:
    """The moves of ``moves_open_to`` that lead to another stage further down."""
    moves = moves_open_to(role, stage=stage, status=status)
    found = [edge_for(stage=stage, status=status, move=move) for move in moves if move is not Move.ENTER]
    return [edge for edge in found if edge is not None and edge.to_stage != stage]
