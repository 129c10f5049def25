"""Two leads found to be one person. What both did is kept, scores come from the union, undo exists."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import ScoreCause
from ..errors import InvalidValue, NotAllowed
from ..models import Activity, Lead, Merge, Submission
from ..selectors.visibility import leads_visible_to
from ..signals import leads_merged, merge_undone
from .matching import FILLED_TEXT
from .scoring import score_lead

MERGERS = frozenset({Role.MARKETER, Role.SDR, Role.AE, Role.MANAGER, Role.ADMIN})
UNDO_WITHIN = timedelta(days=30)

FILLED = (*FILLED_TEXT, "company_id", "campaign_id", "consent_at", "first_touch", "last_touch")
"""What a survivor takes over while it is blank there; nothing known is ever overwritten."""


@transaction.atomic
def merge_leads(*, survivor_id: int, duplicate_id: int, actor: User | None, at: datetime) -> Merge:
    """Make ``duplicate`` a tombstone of ``survivor``.

    Its activities and submissions move to the survivor, blanks of the survivor are filled, its
    scores are recomputed from all events (never added up). Tells ``leads_merged`` first, so that
    the rooms above let go of the duplicate, then ``lead_scored`` of the survivor. Raises
    ``NotAllowed``, ``InvalidValue`` (itself, merged before, or others were merged into the
    duplicate: merge the other way round) and ``Lead.DoesNotExist``.
    """
    if survivor_id == duplicate_id:
        raise InvalidValue(_("A lead cannot be merged with itself."), field="duplicate")
    _check_allowed(actor, survivor_id, duplicate_id)
    leads = _locked(survivor_id, duplicate_id)
    survivor, duplicate = leads[survivor_id], leads[duplicate_id]
    for field, lead in (("survivor", survivor), ("duplicate", duplicate)):
        if lead.merged_into_id is not None:
            raise InvalidValue(_("%s was merged into another lead before.") % lead, field=field)
    if Lead.objects.filter(merged_into=duplicate).exists():
        raise InvalidValue(
            _("Other leads were merged into %s; keep that one instead.") % duplicate, field="duplicate"
        )
    filled = _filled(survivor, duplicate)
    submissions = list(Submission.objects.filter(lead=duplicate).values_list("pk", flat=True))
    Submission.objects.filter(pk__in=submissions).update(lead=survivor)
    Activity.objects.filter(lead=duplicate).update(lead=survivor, origin_lead=duplicate)
    _bury(duplicate, survivor, at)
    merge = Merge.objects.create(
        survivor=survivor,
        duplicate=duplicate,
        at=at,
        actor=actor,
        snapshot={
            "filled": {name: [_plain(getattr(survivor, name)), _plain(filled[name])] for name in filled},
            "submissions": [str(pk) for pk in submissions],
        },
    )
    for name, value in filled.items():
        setattr(survivor, name, value)
    leads_merged.send(Merge, merge=merge, at=at, actor=actor)
    _score(survivor, at, actor, {**filled, "updated_at": at})
    return merge


@transaction.atomic
def undo_merge(*, merge_id: int, actor: User | None, at: datetime) -> Merge:
    """Take a merge back within 30 days: both leads are again what they were.

    What happened since stays with the survivor, also a filled field that somebody changed since.
    Tells ``merge_undone``, then ``lead_scored`` of both. Raises ``NotAllowed``, ``InvalidValue``
    (undone before, too old) and ``Merge.DoesNotExist``.
    """
    merge = Merge.objects.select_for_update().get(pk=merge_id)
    _check_allowed(actor, merge.survivor_id, merge.duplicate_id)
    if merge.undone_at is not None:
        raise InvalidValue(_("This merge was undone before."), field="merge")
    if at - merge.at > UNDO_WITHIN:
        raise InvalidValue(_("A merge can be undone within 30 days."), field="merge")
    # The duplicate first: a submission that finds the tombstone locks them in this order too.
    duplicate = _locked(merge.duplicate_id)[merge.duplicate_id]
    survivor = _locked(merge.survivor_id)[merge.survivor_id]
    Activity.objects.filter(lead=survivor, origin_lead=duplicate).update(lead=duplicate, origin_lead=None)
    moved = merge.snapshot.get("submissions", [])
    Submission.objects.filter(pk__in=moved, lead=survivor).update(lead=duplicate)
    merge.undone_at, merge.undone_by = at, actor
    merge.save(update_fields=["undone_at", "undone_by"])
    duplicate.merged_into = None
    Lead.objects.filter(pk=duplicate.pk).update(merged_into=None)
    restored = _restored(survivor, merge.snapshot.get("filled", {}))
    for name, value in restored.items():
        setattr(survivor, name, value)
    merge.survivor, merge.duplicate = survivor, duplicate
    merge_undone.send(Merge, merge=merge, at=at, actor=actor)
    _score(survivor, at, actor, {**restored, "updated_at": at})
    _score(duplicate, at, actor, {"updated_at": at})
    return merge


def _check_allowed(actor: User | None, *lead_ids: int) -> None:
    """The system may; a person may merge leads that they see, if their role works with leads."""
    if actor is None:
        return
    if actor.role not in MERGERS or leads_visible_to(actor).filter(pk__in=lead_ids).count() != len(lead_ids):
        raise NotAllowed(_("You may not merge these leads."))


def _locked(*lead_ids: int) -> dict[int, Lead]:
    """The leads, locked in the order of their ids; raises ``Lead.DoesNotExist``."""
    rows = Lead.objects.select_for_update(of=("self",)).select_related("company").order_by("pk")
    found = {lead.pk: lead for lead in rows.filter(pk__in=lead_ids)}
    for lead_id in lead_ids:
        if lead_id not in found:
            raise Lead.DoesNotExist(lead_id)
    return found


def _filled(survivor: Lead, duplicate: Lead) -> dict[str, Any]:
    """New values of the survivor's columns, only those that change."""
    values = {
        name: getattr(duplicate, name)
        for name in FILLED
        if not getattr(survivor, name) and getattr(duplicate, name)
    }
    if "consent_at" not in values:  # a consent's version belongs to its own moment
        values.pop("consent_version", None)
    values["custom"] = {**duplicate.custom, **survivor.custom}
    for name, pick in (("engaged_at", min), ("last_meaningful_at", max)):
        moments = [m for m in (getattr(survivor, name), getattr(duplicate, name)) if m]
        values[name] = pick(moments, default=None)
    return {name: value for name, value in values.items() if value != getattr(survivor, name)}


def _restored(survivor: Lead, filled: dict[str, Any]) -> dict[str, Any]:
    """The values from before the merge, where nobody changed them since."""
    values: dict[str, Any] = {}
    fields = {field.attname: field for field in Lead._meta.concrete_fields}
    for name, (before, after) in filled.items():
        field = fields[name]
        if getattr(survivor, name) == field.to_python(after):
            values[name] = field.to_python(before)
    return values


def _bury(duplicate: Lead, survivor: Lead, at: datetime) -> None:
    duplicate.merged_into, duplicate.updated_at = survivor, at
    duplicate.score_due_at = None
    duplicate.save(update_fields=["merged_into", "updated_at", "score_due_at"])


def _score(lead: Lead, at: datetime, actor: User | None, columns: dict[str, Any]) -> None:
    score_lead(lead=lead, at=at, cause=ScoreCause.MERGED, actor=actor, columns=columns)


def _plain(value: Any) -> Any:
    """A value as JSON keeps it; ``to_python`` of its field reads it back."""
    return value.isoformat() if isinstance(value, datetime) else value
