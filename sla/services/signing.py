"""From a draft to what both sides have signed: propose, sign, withdraw. Content is frozen on the way."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from smarketing.accounts.enums import Side
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing

from ..enums import AgreementNews
from ..errors import AgreementStands, NotReady, StaleAgreement
from ..models import Agreement, AgreementSignature
from ..rules.document import fingerprint
from ..selectors.agreements import day_of, signatures_of, taken_by, taken_words, what_is_missing
from ..selectors.documents import draft_content
from .agreement_news import tell
from .drafting import draft_for, may_plan
from .in_force import enter

SIGNING = 0x516E
"""Advisory lock: one signature at a time, so that two agreements for one day never both pass."""
DAY = dt.timedelta(days=1)


@transaction.atomic
def propose(*, agreement: Agreement, actor: User, at: dt.datetime) -> Agreement:
    """Freeze a draft for signing. Raises NotAllowed, AgreementStands, and NotReady with what is missing."""
    agreement = draft_for(agreement.pk, actor)
    if missing := what_is_missing(agreement, day_of(at)):
        raise NotReady(*missing)
    with changing(agreement, actor=actor, at=at):
        agreement.proposals += 1
        agreement.proposed_at, agreement.proposed_by = at, actor
        agreement.frozen = draft_content(agreement.pk)
        agreement.save(update_fields=["proposals", "proposed_at", "proposed_by", "frozen"])
    tell(agreement=agreement, news=AgreementNews.SIGN, people=_heads(agreement), at=at)
    return agreement


@transaction.atomic
def withdraw(*, agreement: Agreement, actor: User, at: dt.datetime) -> list[AgreementSignature]:
    """Make a proposal a draft again; the signatures that no longer count. They stay on record.

    Raises NotAllowed, and AgreementStands when both have signed or nothing is proposed.
    """
    if not may_plan(actor):
        raise NotAllowed(_("Only the heads of marketing and sales withdraw a proposal."))
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.signed_at is not None:
        raise AgreementStands(_("Both sides have signed this. Begin a new version to change it."))
    if agreement.is_draft:
        raise AgreementStands(_("This is a draft already."))
    lapsed = signatures_of(agreement)
    with changing(agreement, actor=actor, at=at):
        agreement.proposed_at = agreement.proposed_by = agreement.frozen = None
        agreement.save(update_fields=["proposed_at", "proposed_by", "frozen"])
    others = [pk for pk in _heads(agreement) if pk != actor.pk]
    tell(agreement=agreement, news=AgreementNews.WITHDRAWN, people=others, at=at)
    return lapsed


@transaction.atomic
def sign(*, agreement: Agreement, actor: User, at: dt.datetime, seen: str = "") -> Agreement:
    """Sign for the side whose head ``actor`` is; with the second signature the agreement stands.

    ``seen``: the fingerprint of what the person read; empty: whatever it is now. Raises NotAllowed,
    StaleAgreement, AgreementStands (nothing to sign) and NotReady (the period is over or taken).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SIGNING])
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    side = side_to_sign(agreement, actor)
    if side is None:
        raise NotAllowed(_("Only the two heads who are named in the agreement sign it."))
    if agreement.frozen is None:
        raise StaleAgreement(_("The proposal was withdrawn. This is how the draft stands now."))
    signed = {row.side for row in signatures_of(agreement)}
    if side in signed:
        raise AgreementStands(_("You have signed this already."))
    mark = fingerprint(agreement.frozen)
    if seen and seen != mark:
        raise StaleAgreement(_("It was proposed anew since you read it. Read it again before you sign."))
    with changing(agreement, actor=actor, at=at):
        AgreementSignature.objects.create(
            agreement=agreement,
            proposal=agreement.proposals,
            side=side,
            user=actor,
            signed_at=at,
            fingerprint=mark,
        )
        if signed:
            _conclude(agreement, actor, at)
    return agreement


def side_to_sign(agreement: Agreement, actor: User) -> Side | None:
    """Whose head somebody is in this agreement."""
    if actor.is_active and actor.pk == agreement.marketing_head_id:
        return Side.MARKETING
    return Side.SALES if actor.is_active and actor.pk == agreement.sales_head_id else None


def _heads(agreement: Agreement) -> list[int | None]:
    return [agreement.marketing_head_id, agreement.sales_head_id]


def _conclude(agreement: Agreement, actor: User, at: dt.datetime) -> None:
    """Both have signed: it is in force from its first day, or today if that has passed, and the
    versions before it until then."""
    begins = max(agreement.first_day, day_of(at))
    if agreement.last_day < begins:
        raise NotReady(_("The period is over. Withdraw the proposal and change the days."))
    # All of them, not only the last: it may begin before one that was signed and has not begun yet.
    earlier = Agreement.objects.signed().filter(series=agreement.series)
    for old in earlier.select_for_update().order_by("version"):
        _supersede(old, begins, at)
    if other := taken_by(agreement, begins):
        raise NotReady(
            taken_words(
                other, _("Withdraw this proposal and choose other days, or change that one by a new version.")
            )
        )
    agreement.signed_at = at
    agreement.in_force_from, agreement.in_force_until = begins, agreement.last_day
    agreement.save(update_fields=["signed_at", "in_force_from", "in_force_until"])
    people = [*_heads(agreement), agreement.mediator_id]
    tell(agreement=agreement, news=AgreementNews.SIGNED, people=people, at=at)
    if begins == day_of(at):
        enter(agreement=agreement, actor=actor, at=at)


def _supersede(old: Agreement, begins: dt.date, at: dt.datetime) -> None:
    """``old`` ends the day before; one that had not begun yet never will."""
    assert old.in_force_from is not None and old.in_force_until is not None
    if old.in_force_until < begins:
        return
    old.in_force_until = max(begins, old.in_force_from) - DAY
    old.superseded_at = old.superseded_at or at
    old.save(update_fields=["in_force_until", "superseded_at"])
