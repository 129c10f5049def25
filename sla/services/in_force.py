"""An agreement in force sets the numbers that the product works with: targets, deadlines, scoring."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from funnel.services.targets import set_targets
from leads.enums import RuleSetStatus
from leads.errors import LeadsError
from leads.models import RuleSet
from leads.services.publishing import publish, publish_again
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing

from ..enums import AgreedPart
from ..errors import AgreementStands, SlaError
from ..models import Agreement, Policy
from ..rules.agreed import differing
from ..rules.policy import Step
from ..selectors.agreed import (
    agreed_counts,
    agreed_rules,
    content,
    policy_deviations,
    scoring_is_as_agreed,
    stored_counts,
)
from ..selectors.agreements import day_of
from .agreement_news import tell_everybody
from .drafting import may_plan
from .policies import save_policy
from .reviews import follow_version


@transaction.atomic
def enter(*, agreement: Agreement, actor: User | None, at: dt.datetime) -> Agreement:
    """Set the product to what is agreed, once, when the agreement comes into force. What cannot be
    set stays as it is and is shown as a conflict. A planned review of the version before goes on with
    this one. ``agreement`` is locked by the caller."""
    for part in AgreedPart:
        try:
            with transaction.atomic():
                _apply(part, agreement, actor=actor, at=at)
        except (SlaError, LeadsError):
            continue  # computed from the facts, the conflict is shown for as long as it is there
    with changing(agreement, actor=actor, at=at):
        agreement.entered_at = at
        agreement.save(update_fields=["entered_at"])
    follow_version(agreement=agreement, actor=actor, at=at)
    tell_everybody(agreement=agreement, at=at)
    return agreement


def enter_due(*, at: dt.datetime) -> int:
    """Bring every agreement whose first day has come into force; how many."""
    entered = 0
    day = day_of(at)
    for pk in Agreement.objects.in_force_on(day).filter(entered_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            waiting = Agreement.objects.select_for_update(skip_locked=True).filter(pk=pk, entered_at=None)
            if one := waiting.first():
                enter(agreement=one, actor=None, at=at)
                entered += 1
    return entered


@transaction.atomic
def restore(*, agreement: Agreement, part: AgreedPart, actor: User, at: dt.datetime) -> None:
    """Set a part of the product back to what is agreed. Raises NotAllowed, AgreementStands when the
    agreement is not in force, and what the services refuse that write the numbers."""
    if not may_plan(actor):
        raise NotAllowed(_("Only the heads of marketing and sales do this."))
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if not Agreement.objects.in_force_on(day_of(at)).filter(pk=agreement.pk).exists():
        raise AgreementStands(_("This agreement is not in force."))
    _apply(part, agreement, actor=actor, at=at)


def _apply(part: AgreedPart, agreement: Agreement, *, actor: User | None, at: dt.datetime) -> None:
    {AgreedPart.TARGETS: _targets, AgreedPart.POLICIES: _policies, AgreedPart.SCORING: _scoring}[part](
        agreement, actor, at
    )


def _targets(agreement: Agreement, actor: User | None, at: dt.datetime) -> None:
    for month, rows in differing(agreed_counts(agreement), stored_counts(agreement)).items():
        counts = {stage: agreed for stage, (agreed, _actual) in rows.items()}
        set_targets(month=month, counts=counts, actor=actor, at=at, by_agreement=True)


def _policies(agreement: Agreement, actor: User | None, at: dt.datetime) -> None:
    changed: dict[int, dict[str, int | str]] = {}
    for one in policy_deviations(agreement):
        if one.policy_id is not None:
            changed.setdefault(one.policy_id, {})[one.field] = one.agreed
    for policy in Policy.objects.filter(pk__in=changed).prefetch_related("steps"):
        values = {"minutes": policy.minutes, "attempts": policy.attempts, **changed[policy.pk]}
        steps = [Step(step.offset, tuple(step.recipients)) for step in policy.steps.all()]
        save_policy(policy=policy, values=values, steps=steps, actor=actor, at=at, by_agreement=True)


def _scoring(agreement: Agreement, actor: User | None, at: dt.datetime) -> None:
    """Publish the version that was agreed: itself, or a copy when other rules went live after it."""
    agreed = agreed_rules(agreement)
    if agreed is None or scoring_is_as_agreed(agreement):
        return
    if RuleSet.objects.get(pk=agreed.rule_set_id).status == RuleSetStatus.DRAFT:
        publish(rule_set_id=agreed.rule_set_id, actor=actor, at=at, seen=agreed.fingerprint)
    else:
        note = _("As agreed in %(agreement)s") % {"agreement": content(agreement)["name"]}
        publish_again(rule_set_id=agreed.rule_set_id, note=note, actor=actor, at=at)
