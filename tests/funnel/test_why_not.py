"""Why a lead cannot go to a stage: of every role, from everywhere to everywhere."""

import pytest

from funnel.enums import STAGES, Stage, Status
from funnel.rules.moves import moves_forward
from funnel.rules.why_not import why_not
from smarketing.accounts.enums import Role

STANDING = [
    *((stage, Status.ACTIVE) for stage in STAGES if stage != Stage.CUSTOMER),
    (Stage.MQL, Status.POSTPONED),
    (Stage.SQL, Status.POSTPONED),
    (Stage.CUSTOMER, Status.WON),
]


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(("stage", "status"), STANDING)
def test_something_is_said_exactly_where_no_move_leads(role: str, stage: str, status: str) -> None:
    silent = {to for to in STAGES if not why_not(role, stage=stage, status=status, to_stage=to)}
    assert silent == {edge.to_stage for edge in moves_forward(role, stage=stage, status=status)}


@pytest.mark.parametrize(
    ("role", "stage", "status", "to", "said"),
    [
        (Role.MANAGER, "mql", "active", "mql", "It stands there"),
        (Role.EXECUTIVE, "mql", "active", "sql", "With your role you see leads and move none"),
        (Role.ADMIN, "customer", "won", "new_name", "A customer stays a customer"),
        (Role.SDR, "mql", "postponed", "sql", "resume it first"),
        (Role.MARKETER, "target", "active", "new_name", "disqualify it"),
        (Role.AE, "opportunity", "active", "sql", "mark it lost"),
        (Role.MARKETER, "mql", "active", "target", "Whoever has it in sales can return it"),
        (Role.SDR, "mql", "active", "target", "return it to marketing"),
        (Role.MARKETER, "new_name", "active", "engaged", "move it to MQL"),
        (Role.SDR, "new_name", "active", "engaged", "ask marketing"),
        (Role.MARKETER, "target", "active", "sql", "it goes to MQL first"),
        (Role.MANAGER, "sql", "active", "customer", "it goes to Opportunity first"),
        (Role.SDR, "target", "active", "mql", "Marketing and managers hand leads to sales"),
        (Role.MARKETER, "mql", "active", "sql", "(SDR) who has it decides"),
        (Role.SDR, "sql", "active", "opportunity", "(AE) who has it decides"),
    ],
)
def test_what_is_said(role: str, stage: str, status: str, to: str, said: str) -> None:
    assert said in why_not(role, stage=stage, status=status, to_stage=to)
