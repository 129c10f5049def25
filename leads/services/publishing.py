"""Publishing scoring rules in one step."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from smarketing.accounts.enums import NotificationKind, Role
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing

from ..enums import RuleSetStatus
from ..errors import AgreedNumber, InvalidValue, NotAllowed, StaleRules
from ..models import Lead, Rescore, RuleSet
from ..rules.versions import fingerprint
from ..selectors import rule_sets
from ..selectors.agreed import agreed_scoring, is_as_agreed
from .drafts import check_rule_set, create_draft, lock_draft
from .notifications import Note, notify

PUBLISHERS = frozenset({Role.MANAGER, Role.ADMIN})
"""Scoring is agreed between both teams: managers of either side and administrators publish it."""


def may_publish(actor: User | None) -> bool:
    """Whether somebody may change what a qualified lead is; None is the system itself."""
    return actor is None or (actor.is_active and actor.role in PUBLISHERS)


@transaction.atomic
def publish(*, rule_set_id: int, actor: User | None, at: datetime, seen: str = "") -> Rescore:
    """Make a draft the live rules: the old set retires, everybody's re-score begins, and when a
    person did it everybody who works here is told.

    ``seen`` is the fingerprint of the rules that the person compared; empty: whatever they are now.
    Raises ``NotAllowed``, ``StaleRules``, ``AgreedNumber`` (an agreement says otherwise), ``InvalidValue``
    (not a draft, or rules that cannot work) and ``RuleSet.DoesNotExist``. A lead scored by the old rules in
    the same moment is caught by ``rescoring``, which looks for leads of retired sets.
    """
    if not may_publish(actor):
        raise NotAllowed(_("Only managers and administrators publish scoring rules."))
    draft = lock_draft(rule_set_id=rule_set_id)
    content = rule_sets.compiled(rule_set_id)
    if seen and fingerprint(content) != seen:
        raise StaleRules(_("Somebody changed the draft since you compared it. This is how it stands now."))
    agreed = agreed_scoring(at)
    if agreed and not is_as_agreed(content, agreed):
        raise AgreedNumber(
            _("%(agreement)s says which scoring counts. Begin a new version of it to change the rules.")
            % {"agreement": agreed.name}
        )
    check_rule_set(content)
    with changing(draft, actor=actor, at=at):
        RuleSet.objects.filter(status=RuleSetStatus.LIVE).update(status=RuleSetStatus.RETIRED)
        RuleSet.objects.filter(pk=rule_set_id).update(
            status=RuleSetStatus.LIVE, published_at=at, published_by=actor
        )
    if actor is not None:
        _tell(draft, actor, at)
    return start_rescore(rule_set_id=rule_set_id, actor=actor, at=at)


@transaction.atomic
def publish_again(*, rule_set_id: int, note: str, actor: User | None, at: datetime) -> RuleSet:
    """Roll back: the rules of an earlier version go live as a new one. Raises as ``publish`` does."""
    if not may_publish(actor):
        raise NotAllowed(_("Only managers and administrators publish scoring rules."))
    if RuleSet.objects.get(pk=rule_set_id).status != RuleSetStatus.RETIRED:
        raise InvalidValue(_("Only a version that counted earlier can be published again."), field="rule_set")
    old = rule_sets.compiled(rule_set_id)
    copy = create_draft(actor=actor, at=at, note=note, groups=old.groups, thresholds=old.thresholds)
    publish(rule_set_id=copy.pk, actor=actor, at=at)
    return copy


def _tell(rule_set: RuleSet, actor: User, at: datetime) -> None:
    """Both teams agreed on the rules, and everybody works with the scores."""
    people = User.objects.filter(is_active=True).exclude(pk=actor.pk).values_list("pk", flat=True)
    name = f"{rule_set} · {rule_set.note}" if rule_set.note else str(rule_set)
    key, address = f"rules:{rule_set.pk}", reverse("leads:scoring")
    notify(
        (Note(pk, NotificationKind.PUBLISHED, key, name=name, url=address) for pk in people),
        at=at,
    )


@transaction.atomic
def start_rescore(*, rule_set_id: int, at: datetime, actor: User | None = None) -> Rescore:
    """Begin a re-score of every lead, at whose end ``actor`` is told; one that still runs ends here, its
    work is done by the new one."""
    Rescore.objects.filter(finished_at=None).update(finished_at=at)
    return Rescore.objects.create(
        rule_set_id=rule_set_id, actor=actor, started_at=at, total=Lead.objects.current().count()
    )
