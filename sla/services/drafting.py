"""The draft of an agreement: its promises and people, and the next version of one that stands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from funnel.services.targets import PLANNERS
from smarketing.accounts.enums import Side
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, record_deleted, refuse_overtaken

from ..enums import PromiseKind
from ..errors import AgreementStands, NotReady
from ..models import Agreement, AgreementPersona, AgreementPromise, AgreementRate, AgreementWorth

MARKETINGS = frozenset({PromiseKind.MQLS, PromiseKind.MQL_VALUE})
"""Promised by marketing; all others by sales."""
COPIED = (
    "name", "series", "first_day", "last_day", "currency", "revenue", "sale", "sale_deals", "sdrs", "aes",
    "worth_by",     "attempts", "attempt_minutes", "sql_minutes", "lead_percent",
    "rule_set_id",
    "marketing_head_id", "sales_head_id", "mediator_id", "review_every", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as it is written down; see ``AgreementPromise``."""

    kind: PromiseKind
    amount: Decimal | None = None
    minutes: int | None = None
    days: int | None = None
    target_percent: Decimal | None = None
    source: str = ""


def may_plan(actor: User) -> bool:
    return actor.is_active and actor.role in PLANNERS


def side_of(kind: PromiseKind) -> Side:
    return Side.MARKETING if kind in MARKETINGS else Side.SALES


def draft_for(agreement_id: int, actor: User) -> Agreement:
    """The draft, locked, for somebody who may write it. Raises NotAllowed and AgreementStands."""
    if not may_plan(actor):
        raise NotAllowed(_("Only the heads of marketing and sales plan an agreement."))
    found = Agreement.objects.select_for_update().get(pk=agreement_id)
    if not found.is_draft:
        raise AgreementStands(
            _("%(agreement)s was proposed and stays as it is. Withdraw it, or begin a new version.")
            % {"agreement": found}
        )
    return found


@transaction.atomic
def save_terms(
    *,
    agreement: Agreement,
    values: Mapping[str, Any],
    promises: Sequence[Promised],
    persona_ids: Sequence[int],
    actor: User,
    at: datetime,
    seen: int | None = None,
) -> Agreement:
    """Write what a draft promises; ``values``: its fields beside the plan, ``seen``: number of the
    newest change that was shown. Raises as ``draft_for``, and Overtaken."""
    agreement = draft_for(agreement.pk, actor)
    refuse_overtaken(agreement, seen=seen)
    with changing(agreement, actor=actor, at=at):
        for name, value in values.items():
            setattr(agreement, name, value)
        agreement.save(update_fields=list(values))
        agreement.promises.all().delete()
        agreement.persona_rows.all().delete()
        _write(agreement, promises, persona_ids)
    return agreement


@transaction.atomic
def new_version(*, agreement: Agreement, actor: User, at: datetime) -> Agreement:
    """A draft that begins as a copy of the agreement and will supersede it. Raises NotAllowed, and
    NotReady when nobody has signed the agreement, or its next version exists."""
    if not may_plan(actor):
        raise NotAllowed(_("Only the heads of marketing and sales plan an agreement."))
    old = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if old.signed_at is None:
        raise NotReady(_("%(agreement)s is not signed yet: change it itself.") % {"agreement": old})
    if Agreement.objects.filter(previous=old).exists():
        raise NotReady(_("There is a next version of %(agreement)s already.") % {"agreement": old})
    values = {name: getattr(old, name) for name in COPIED}
    copy = Agreement.objects.create(**values, version=old.version + 1, previous=old)
    AgreementRate.objects.bulk_create(
        AgreementRate(
            agreement=copy,
            stage=row.stage,
            percent=row.percent,
            entered=row.entered,
            reached=row.reached,
            reason=row.reason,
        )
        for row in old.rates.all()
    )
    _copy_worths(old, copy)
    _write(copy, [_promised(row) for row in old.promises.all()], [row.pk for row in old.personas.all()])
    record_created(copy, actor=actor, at=at)
    return copy


def _copy_worths(old: Agreement, copy: Agreement) -> None:
    rows = list(old.worths.all())
    for row in rows:
        row.pk, row.agreement = None, copy
    AgreementWorth.objects.bulk_create(rows)


@transaction.atomic
def discard(*, agreement: Agreement, actor: User, at: datetime) -> None:
    """Throw a draft away. Raises as ``draft_for``, and AgreementStands for one that was signed by
    somebody before it was withdrawn: signatures are kept."""
    agreement = draft_for(agreement.pk, actor)
    if agreement.signatures.exists():
        raise AgreementStands(_("Somebody signed an earlier proposal of this draft, so it is kept."))
    record_deleted(agreement, actor=actor, at=at)
    agreement.delete()


def _promised(row: AgreementPromise) -> Promised:
    return Promised(PromiseKind(row.kind), row.amount, row.minutes, row.days, row.target_percent, row.source)


def _write(agreement: Agreement, promises: Sequence[Promised], persona_ids: Sequence[int]) -> None:
    AgreementPromise.objects.bulk_create(
        AgreementPromise(agreement=agreement, side=side_of(one.kind), **asdict(one)) for one in promises
    )
    AgreementPersona.objects.bulk_create(
        AgreementPersona(agreement=agreement, persona_id=pk) for pk in persona_ids
    )
