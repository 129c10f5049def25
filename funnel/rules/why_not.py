"""Why a lead cannot go to a stage, in plain words, and what to do instead."""

from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role

from ..enums import RANK, Stage, Status
from .moves import EDGES, MARKETING, moves_forward

TOP = (Stage.NEW_NAME, Stage.ENGAGED, Stage.TARGET)
BY_SCORE = (Stage.ENGAGED, Stage.TARGET)
NEXT = {Stage.MQL: Stage.SQL, Stage.SQL: Stage.OPPORTUNITY, Stage.OPPORTUNITY: Stage.CUSTOMER}
"""From the top it goes to MQL."""
MOVERS = frozenset().union(*(edge.roles for edge in EDGES))


def why_not(role: str, *, stage: str, status: str, to_stage: str) -> str:
    """Nothing where a move of this role leads there."""
    at, to = Stage(stage), Stage(to_stage)
    if any(edge.to_stage == to for edge in moves_forward(role, stage=at, status=status)):
        return ""
    if at == to:
        return _("It stands there.")
    if role not in MOVERS:
        return _("With your role you see leads and move none. Ask whoever has it, or a manager.")
    if at == Stage.CUSTOMER:
        return _("A customer stays a customer.")
    if status == Status.POSTPONED:
        return _("It is postponed. Open the lead and resume it first.")
    return _no_way_back(role, at) if RANK[to] < RANK[at] else _no_way_there(role, at, to)


def _no_way_back(role: str, at: Stage) -> str:
    if at in TOP:
        return _("Leads never go back a stage. If it is not worth pursuing, open it and disqualify it.")
    if at == Stage.OPPORTUNITY:
        return _("Leads never go back a stage. If the deal comes to nothing, open the lead and mark it lost.")
    if role == Role.MARKETER:
        return _("Leads never go back a stage. Whoever has it in sales can return it to marketing.")
    return _("Leads never go back a stage. To give it back, open it and return it to marketing.")


def _no_way_there(role: str, at: Stage, to: Stage) -> str:
    if to in BY_SCORE:
        return _by_score(role)
    step = Stage.MQL if at in TOP else NEXT[at]
    if to != step:
        return _("One stage at a time: it goes to %(step)s first.") % {"step": step.label}
    if at in TOP:
        return _("Marketing and managers hand leads to sales. Ask one of them.")
    if at == Stage.MQL:
        return _("At MQL the sales development rep (SDR) who has it decides, or a manager. Ask them.")
    return _("From SQL on the account executive (AE) who has it decides, or a manager. Ask them.")


def _by_score(role: str) -> str:
    if role in MARKETING:
        return _("Its scores take it there, nobody moves it. If it is ready for sales, move it to MQL.")
    return _("Its scores take it there, nobody moves it. If it is ready for sales, ask marketing.")
