"""What a draft's promises can choose from, and what they begin with."""

from decimal import Decimal
from math import ceil
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from funnel.enums import Stage
from leads.enums import RuleSetStatus
from leads.models import Persona, RuleSet
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User

from ..enums import ClockKind, PromiseKind, TimeBase
from ..models import Agreement
from ..rules.agreed import MINUTES_OF_A_DAY
from ..rules.document import goal_in, mix_in
from ..rules.goal import STEPS, needs
from ..rules.worth import leads_needed
from .agreed import numbers_by_kind
from .documents import draft_content

USUAL = Decimal(90)
"""Percent that a new promise of a share begins with: something to talk about."""
MONTH_DAYS = Decimal("30.4375")


def signers() -> QuerySet[User]:
    """Who may be the head of a side."""
    roles = (Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
    return User.objects.filter(is_active=True, role__in=roles).order_by("first_name", "last_name", "pk")


def rule_sets(agreement: Agreement) -> QuerySet[RuleSet]:
    """The live one, drafts, and the one that is named."""
    usual = Q(status__in=(RuleSetStatus.LIVE, RuleSetStatus.DRAFT))
    return RuleSet.objects.filter(usual | Q(pk=agreement.rule_set_id)).order_by("-version")


def personas(agreement: Agreement) -> QuerySet[Persona]:
    """Those in use, and those that are named."""
    return Persona.objects.filter(Q(is_active=True) | Q(pk__in=agreement.personas.values("pk")))


def first_terms(agreement: Agreement) -> dict[str, Any]:
    """What a draft without promises begins with: the MQLs that the plan needs and their worth, the
    deadlines and rules of today, the managers of both sides. Nothing is agreed before it is saved."""
    attempts = {"attempts": agreement.attempts} if agreement.attempts else {}
    return {
        **_amounts(agreement),
        **_deadlines(),
        **attempts,
        "marketing_head": _manager(Side.MARKETING),
        "sales_head": _manager(Side.SALES),
        "rule_set": RuleSet.objects.filter(status=RuleSetStatus.LIVE).first(),
        "personas": list(Persona.objects.filter(is_active=True)),
    }


def short_of_plan(agreement: Agreement) -> list[str]:
    """Sentences that say where marketing promises less than the plan needs; promises of one source are
    part of the promise of all."""
    needed = _amounts(agreement)
    promised = {row.kind: row.amount for row in agreement.promises.all() if not row.source}
    found = []
    for kind, unit in ((PromiseKind.MQLS, ""), (PromiseKind.MQL_VALUE, f" {agreement.currency}")):
        need, amount = needed.get(kind.value), promised.get(kind.value)
        if need is None or amount is None or amount >= need:
            continue
        carried = (agreement.revenue * amount / need).quantize(Decimal(1))
        texts = {
            PromiseKind.MQLS: _(
                "The plan needs %(need)s MQLs a month, marketing promises %(promised)s: that carries"
                " %(carried)s of the %(revenue)s %(currency)s."
            ),
            PromiseKind.MQL_VALUE: _(
                "The plan needs MQLs worth %(need)s a month, marketing promises %(promised)s: that carries"
                " %(carried)s of the %(revenue)s %(currency)s."
            ),
        }
        found.append(
            texts[kind]
            % {
                "need": number_format(need, 0, force_grouping=True) + unit,
                "promised": number_format(amount, 0, force_grouping=True) + unit,
                "carried": number_format(carried, 0, force_grouping=True),
                "revenue": number_format(agreement.revenue, 0, force_grouping=True),
                "currency": agreement.currency,
            }
        )
    return found


def _amounts(agreement: Agreement) -> dict[str, Any]:
    content = draft_content(agreement.pk)
    if len(content["rates"]) < len(STEPS):
        return {}
    days = (agreement.last_day - agreement.first_day).days + 1
    need = leads_needed(needs(goal_in(content))[Stage.MQL], mix_in(content))
    found = {PromiseKind.MQLS.value: ceil(need * MONTH_DAYS / days)}
    if content["worth"]:
        # What MQLs are worth is the revenue that they give: together they are to give the goal.
        found[PromiseKind.MQL_VALUE.value] = ceil(agreement.revenue * MONTH_DAYS / days)
    return found


def _deadlines() -> dict[str, Any]:
    """As the policies for every lead have them now."""
    found: dict[str, Any] = {}
    for kind, policies in numbers_by_kind().items():
        general = next((policy for policy in policies if policy.is_general), None)
        if general is None:
            continue
        if kind == ClockKind.FIRST_CONTACT and general.time_base == TimeBase.WORKING:
            found |= {"first_contact": USUAL, "first_contact_minutes": general.minutes}
            found |= {"attempts": general.attempts or None}
        elif kind != ClockKind.FIRST_CONTACT and general.minutes >= MINUTES_OF_A_DAY:
            found |= {kind: USUAL, f"{kind}_days": general.minutes // MINUTES_OF_A_DAY}
    return found


def first_attempts() -> int | None:
    """Per lead, by the policy for every lead; None where none is set."""
    attempts: int | None = _deadlines().get("attempts")
    return attempts


def promised_attempts(agreement: Agreement) -> int | None:
    """Per lead, as sales promises them; None where it does not."""
    if agreement.pk is None:
        return None
    found = agreement.promises.filter(kind=PromiseKind.ATTEMPTS).values_list("amount", flat=True).first()
    return None if found is None else int(found)


def _manager(side: Side) -> User | None:
    managers = User.objects.filter(is_active=True, role=Role.MANAGER, team__side=side)
    return managers.order_by("pk").first()
