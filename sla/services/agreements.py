"""Agreements are planned: by the heads of marketing and sales, with every change in the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.enums import Stage
from funnel.errors import NotAllowed
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..models import Agreement, AgreementRate, AgreementWorth
from .drafting import draft_for, may_plan


@dataclass(frozen=True, slots=True)
class Rate:
    """``percent`` above 0, at most 100; ``reached`` of ``entered``: what had been measured."""

    percent: Decimal
    entered: int = 0
    reached: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GroupWorth:
    """See ``AgreementWorth``."""

    group: str
    weight: Decimal
    share: Decimal
    leads: int = 0
    won: int = 0
    reason: str = ""


@transaction.atomic
def save_plan(
    *,
    agreement: Agreement | None,
    values: Mapping[str, Any],
    rates: Mapping[Stage, Rate],
    worths: Sequence[GroupWorth] | None = None,
    actor: User,
    at: datetime,
    seen: int | None = None,
) -> Agreement:
    """Make an agreement (None) or change its plan; ``values``: its fields, ``worths`` None: what leads
    are worth stays as it is, ``seen``: number of the newest change that was shown. Raises NotAllowed,
    Overtaken, and AgreementStands for no draft."""
    if not may_plan(actor):
        raise NotAllowed(_("Only the heads of marketing and sales plan an agreement."))
    if agreement is None:
        agreement = Agreement.objects.create(**values)
        _write(agreement, rates)
        _write_worths(agreement, worths or ())
        record_created(agreement, actor=actor, at=at)
        return agreement
    agreement = draft_for(agreement.pk, actor)
    refuse_overtaken(agreement, seen=seen)
    rates = {stage: _kept(agreement, stage, rate) for stage, rate in rates.items()}
    worths = worths and _kept_worths(agreement, worths, by=values.get("worth_by", agreement.worth_by))
    with changing(agreement, actor=actor, at=at):
        for name, value in values.items():
            setattr(agreement, name, value)
        agreement.save(update_fields=list(values))
        agreement.rates.all().delete()
        _write(agreement, rates)
        if worths is not None:
            agreement.worths.all().delete()
            _write_worths(agreement, worths)
    return agreement


def _kept(agreement: Agreement, stage: Stage, rate: Rate) -> Rate:
    """Who changes nothing of a rate leaves what had been measured when it was agreed."""
    known = agreement.rates.filter(stage=stage, percent=rate.percent, reason=rate.reason).first()
    return replace(rate, entered=known.entered, reached=known.reached) if known else rate


def _write(agreement: Agreement, rates: Mapping[Stage, Rate]) -> None:
    AgreementRate.objects.bulk_create(
        AgreementRate(
            agreement=agreement,
            stage=stage,
            percent=rate.percent,
            entered=rate.entered,
            reached=rate.reached,
            reason=rate.reason,
        )
        for stage, rate in rates.items()
    )


def _kept_worths(agreement: Agreement, worths: Sequence[GroupWorth], *, by: str) -> list[GroupWorth]:
    """As ``_kept``; a size and a persona may be called the same, so only of the same kind of group."""
    known = {row.group: row for row in agreement.worths.all()} if by == agreement.worth_by else {}
    found = []
    for one in worths:
        row = known.get(one.group)
        is_left = row and (row.weight, row.share, row.reason) == (one.weight, one.share, one.reason)
        found.append(replace(one, leads=row.leads, won=row.won) if row and is_left else one)
    return found


def _write_worths(agreement: Agreement, worths: Sequence[GroupWorth]) -> None:
    AgreementWorth.objects.bulk_create(AgreementWorth(agreement=agreement, **asdict(one)) for one in worths)
