"""Labels that were set for many leads are taken back: by another job, lead by lead.

A lead that somebody labelled anew since then keeps that, and is listed with the reason.
"""

from datetime import datetime

from django.db import transaction

from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message as _

from ..enums import BulkAction
from ..errors import InvalidMove
from ..models import BulkBefore, BulkJob
from ..models.bulk import TAKEN_BACK_WITHIN
from .labelling import restore_campaign, restore_persona


@transaction.atomic
def start_taking_back(*, job_id: int, actor: User, at: datetime) -> BulkJob:
    """The job that takes one's own job back; asked for twice it is the same one.

    Raises ``BulkJob.DoesNotExist`` (also for somebody else's) and ``InvalidMove`` when it is not over,
    of another kind, or too old.
    """
    job = BulkJob.objects.select_for_update(of=("self",)).get(pk=job_id, actor=actor)
    known = taking_back(job)
    if known is not None:
        return known
    if not job.can_be_taken_back(at):
        raise InvalidMove(_("This can no longer be taken back."))
    changed = set(BulkBefore.objects.filter(job=job).values_list("journey", flat=True))
    return BulkJob.objects.create(
        actor=actor,
        action=BulkAction.TAKE_BACK,
        params={"job_id": job.pk},
        journey_ids=[pk for pk in job.journey_ids if pk in changed],
        started_at=at,
    )


def taking_back(job: BulkJob) -> BulkJob | None:
    """The job that takes this one back, if there is one."""
    jobs = BulkJob.objects.filter(action=BulkAction.TAKE_BACK, params__job_id=job.pk, actor=job.actor_id)
    return jobs.first()


def take_back(*, journey_id: int, job_id: int, actor: User, at: datetime) -> None:
    """Raises ``InvalidMove`` when it was changed since, and as ``labelling`` does."""
    before = BulkBefore.objects.select_related("job").filter(job=job_id, journey=journey_id).first()
    if before is None:
        raise InvalidMove(_("This can no longer be taken back."))
    restore = restore_campaign if before.job.action == BulkAction.CAMPAIGN else restore_persona
    restore(journey_id=journey_id, found=before.values, actor=actor, at=at, **before.job.params)


def forget_found(*, at: datetime) -> None:
    """What jobs found that can no longer be taken back."""
    BulkBefore.objects.filter(job__started_at__lt=at - TAKEN_BACK_WITHIN).delete()
