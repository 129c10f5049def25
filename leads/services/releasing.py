"""Somebody decides on what waits in the inbox: let in, try again, reject."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from smarketing.accounts.models import User

from ..enums import SubmissionStatus
from ..errors import NotAllowed
from ..models import Submission
from ..rules.posted import read_draft
from .intake import KEPT_OUT, RELEASERS, process_submission, release_submission, spec_of

REJECTABLE = (SubmissionStatus.QUARANTINED, SubmissionStatus.FAILED)


@dataclass(slots=True)
class Released:
    """``leads``: how many became leads; ``failed``: id → why not; ``gone``: nothing was to do any more."""

    leads: int = 0
    failed: dict[UUID, str] = field(default_factory=dict)
    gone: int = 0


def may_release(actor: User | None) -> bool:
    return actor is None or (actor.is_active and actor.role in RELEASERS)


def why_failed(submission: Submission) -> str:
    """In the reader's language where it lies in what was sent, else as it was noted."""
    _draft, faults = read_draft(submission.payload, spec_of(submission.form))
    said = (f"{name}: {' '.join(map(str, texts))}" for name, texts in faults.items())
    return "; ".join(said) or submission.error


def release_all(*, submission_ids: Iterable[UUID], actor: User, at: datetime) -> Released:
    """Let quarantined submissions in and try failed ones again, each in transactions of its own.

    Raises NotAllowed before anything happened. One that fails does not stop the others.
    """
    if not may_release(actor):
        raise NotAllowed(_("Only marketing, managers and administrators release submissions."))
    result = Released()
    for submission in Submission.objects.filter(pk__in=submission_ids).order_by("received_at", "pk"):
        if submission.status in KEPT_OUT:
            done = release_submission(submission_id=submission.pk, actor=actor, at=at)
        else:
            done = process_submission(submission_id=submission.pk, at=at)
        if done:
            result.leads += 1
            continue
        submission.refresh_from_db(fields=("status", "error"))
        if submission.status == SubmissionStatus.FAILED:
            result.failed[submission.pk] = submission.error
        else:
            result.gone += 1
    return result


def reject_all(*, submission_ids: Iterable[UUID], actor: User, at: datetime) -> int:
    """Set aside what waits, for good unless somebody lets it in after all; how many waited.

    Nothing is deleted, and what failed is tried no more. Raises NotAllowed.
    """
    if not may_release(actor):
        raise NotAllowed(_("Only marketing, managers and administrators reject submissions."))
    return Submission.objects.filter(pk__in=submission_ids, status__in=REJECTABLE).update(
        status=SubmissionStatus.REJECTED, next_attempt_at=None, rejected_by=actor, rejected_at=at
    )
