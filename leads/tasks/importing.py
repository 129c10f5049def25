"""Job that goes on with files of leads; each call works a while and beat calls again."""

import logging
import time
from collections.abc import Callable
from functools import partial

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from ..enums import IMPORT_WORKS, ImportStatus
from ..models import Import
from ..services import imports
from ..services.import_checking import check_some
from ..services.import_running import run_some
from ..services.import_undoing import undo_some
from .scoring import WORKS_SECONDS

logger = logging.getLogger(__name__)

CHECKED_AT_ONCE = 500


@shared_task(name="leads.run_imports", ignore_result=True)
def run_imports() -> None:
    """Go on with every import that is being checked, carried out or undone; each gets its turn."""
    waiting = Import.objects.filter(status__in=sorted(IMPORT_WORKS)).order_by("pk")
    for import_id, status in list(waiting.values_list("pk", "status")[:10]):
        try:
            work_on(import_id, status, seconds=WORKS_SECONDS)
        except (OperationalError, InterfaceError):
            raise  # the database is away, or two of us met: the next turn goes on
        except Exception:
            logger.exception("Import %s stands still", import_id)  # and holds up no other


@shared_task(name="leads.forget_imports", ignore_result=True)
def forget_imports() -> None:
    imports.forget_old(at=timezone.now())


def work_on(import_id: int, status: str, *, seconds: float) -> None:
    step = _step(import_id, status)
    until = time.monotonic() + seconds
    while step() and time.monotonic() < until:
        pass


def _step(import_id: int, status: str) -> Callable[[], bool]:
    if status == ImportStatus.CHECKING:
        return partial(check_some, import_id=import_id, rows=CHECKED_AT_ONCE)
    work = run_some if status == ImportStatus.RUNNING else undo_some
    return lambda: work(import_id=import_id, at=timezone.now())
