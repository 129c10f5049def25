"""The legal graph, as the table it is."""

from datetime import timedelta
from decimal import Decimal

import pytest

from funnel.enums import Move, Reason, Stage, Status
from funnel.errors import InvalidMove
from funnel.rules.moves import Details, check_details, edge_for, moves_open_to
from smarketing.accounts.enums import Role
from tests.funnel.pools import NOON

TOP = ("new_name", "engaged", "target")
GRAPH = {
    **{
        (stage, "active"): {"hand_off": ("mql", "active"), "disqualify": (stage, "disqualified")}
        for stage in TOP
    },
    **{
        (stage, "active"): {
            "postpone": (stage, "postponed"),
            "recycle": (stage, "recycled"),
            "disqualify": (stage, "disqualified"),
            further[0]: (further[1], "active"),
        }
        for stage, further in (("mql", ("qualify", "sql")), ("sql", ("convert", "opportunity")))
    },
    **{
        (stage, "postponed"): {
            "resume": (stage, "active"),
            "recycle": (stage, "recycled"),
            "disqualify": (stage, "disqualified"),
        }
        for stage in ("mql", "sql")
    },
    ("opportunity", "active"): {"win": ("customer", "won"), "lose": ("opportunity", "lost")},
    ("opportunity", "lost"): {"enter": ("new_name", "active")},
    **{(stage, "disqualified"): {"enter": ("new_name", "active")} for stage in (*TOP, "mql", "sql")},
}  # fmt: skip


@pytest.mark.parametrize("stage", Stage.values)
@pytest.mark.parametrize("status", Status.values)
def test_exactly_the_agreed_moves_exist(stage: str, status: str) -> None:
    found = {
        move: (edge.to_stage.value, edge.to_status.value)
        for move in Move.values
        if (edge := edge_for(stage=stage, status=status, move=move))
    }
    assert found == GRAPH.get((stage, status), {})


@pytest.mark.parametrize(
    ("role", "stage", "status", "moves"),
    [
        (Role.MARKETER, "target", "active", {"hand_off", "disqualify"}),
        (Role.MARKETER, "mql", "active", set()),
        (Role.MARKETER, "sql", "disqualified", {"enter"}),
        (Role.MARKETER, "opportunity", "lost", {"enter"}),
        (Role.SDR, "target", "active", set()),
        (Role.SDR, "mql", "active", {"qualify", "postpone", "recycle", "disqualify"}),
        (Role.SDR, "mql", "postponed", {"resume", "recycle", "disqualify"}),
        (Role.SDR, "sql", "active", set()),
        (Role.AE, "mql", "active", set()),
        (Role.AE, "sql", "active", {"convert", "postpone", "recycle"}),
        (Role.AE, "opportunity", "active", {"win", "lose"}),
        (Role.MANAGER, "sql", "active", {"convert", "postpone", "recycle", "disqualify"}),
        (Role.ADMIN, "new_name", "active", {"hand_off", "disqualify"}),
        (Role.ADMIN, "customer", "won", set()),
    ],
)
def test_a_role_may_make_its_moves(role: str, stage: str, status: str, moves: set[str]) -> None:
    assert set(moves_open_to(role, stage=stage, status=status)) == moves


@pytest.mark.parametrize("stage", Stage.values)
@pytest.mark.parametrize("status", Status.values)
def test_executives_only_read(stage: str, status: str) -> None:
    assert moves_open_to(Role.EXECUTIVE, stage=stage, status=status) == []


def refused(stage: str, move: str, **details: object) -> str:
    edge = edge_for(stage=stage, status="active", move=move)
    assert edge is not None
    with pytest.raises(InvalidMove) as error:
        check_details(edge, Details(**details), at=NOON)  # type: ignore[arg-type]
    return error.value.field


DEAL = {"amount": Decimal("10.50"), "currency": "EUR", "expected_close": NOON.date()}


@pytest.mark.parametrize(
    ("stage", "move", "details", "field"),
    [
        ("target", "hand_off", {}, "note"),
        ("target", "hand_off", {"note": "  "}, "note"),
        ("mql", "recycle", {}, "reason"),
        ("mql", "recycle", {"reason": "because"}, "reason"),
        ("mql", "recycle", {"reason": "other"}, "note"),
        ("mql", "disqualify", {}, "reason"),
        ("opportunity", "lose", {}, "reason"),
        ("mql", "postpone", {"resume_at": NOON + timedelta(days=1)}, "reason"),
        ("mql", "postpone", {"reason": Reason.TIMING}, "resume_at"),
        ("mql", "postpone", {"reason": Reason.TIMING, "resume_at": NOON}, "resume_at"),
        ("sql", "convert", {**DEAL, "amount": None}, "amount"),
        ("sql", "convert", {**DEAL, "amount": Decimal("-0.01")}, "amount"),
        ("sql", "convert", {**DEAL, "amount": Decimal("NaN")}, "amount"),
        ("sql", "convert", {**DEAL, "amount": Decimal("Infinity")}, "amount"),
        ("sql", "convert", {**DEAL, "amount": Decimal(10) ** 12}, "amount"),
        ("sql", "convert", {**DEAL, "amount": Decimal("0.001")}, "amount"),
        ("sql", "convert", {**DEAL, "currency": ""}, "currency"),
        ("sql", "convert", {**DEAL, "currency": "EURO"}, "currency"),
        ("sql", "convert", {**DEAL, "currency": "eur"}, "currency"),
        ("sql", "convert", {**DEAL, "expected_close": None}, "expected_close"),
        ("sql", "convert", {**DEAL, "expected_close": NOON.date() - timedelta(days=2)}, "expected_close"),
        ("opportunity", "win", {"amount": Decimal(5)}, "currency"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    stage: str, move: str, details: dict[str, object], field: str
) -> None:
    assert refused(stage, move, **details) == field


@pytest.mark.parametrize("amount", ["0", "0.01", "999999999999.99"])
def test_amounts_from_nothing_up_to_the_column_are_taken(amount: str) -> None:
    edge = edge_for(stage="sql", status="active", move="convert")
    assert edge is not None
    check_details(edge, Details(**{**DEAL, "amount": Decimal(amount)}), at=NOON)  # type: ignore[arg-type]


def test_a_second_after_now_is_the_future() -> None:
    edge = edge_for(stage="mql", status="active", move="postpone")
    assert edge is not None
    check_details(edge, Details(reason="timing", resume_at=NOON + timedelta(seconds=1)), at=NOON)
