"""The durable inbox: a submission is stored once, before anything else happens to it.

Storing commits without waiting for the disk: whatever becomes of the request, this process or its
connection afterwards, PostgreSQL has the submission and writes it out with the next commit that
does wait, or by itself within a second. Only a crash of PostgreSQL in between loses it, and then
nobody has been told that it was accepted: a receipt is given after a later commit of the same
request has waited (processing), or after ``reach_disk``. So the visitor waits for the disk once, not
twice.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from ..enums import SubmissionStatus
from ..errors import KeyReused, StillRunning, TooMany
from ..models import Form, Submission
from ..rules.fingerprint import lock_number
from ..rules.flood import WINDOW, HitCounter
from ..selectors.arrivals import Row, asking
from ..selectors.forms import IS_IN_FORCE, Setup
from ..selectors.prepared import NOT_WAITING, REACH_DISK, Statement, first_answer
from .statements import casts_of, columns_of, row_of

logger = logging.getLogger(__name__)

SAME_VALUES_WINDOW = timedelta(seconds=300)
"""Without a key, the same values on the same form within this time are the same submission."""

STILL_RUNNING = timedelta(seconds=10)
"""So long a repeat of a key is told to wait. A request that takes longer died after it stored: the
repeat then gets its receipt, which is true, because what is stored will be processed."""

TAKEN_OVER = timedelta(seconds=60)
"""After that the retry job takes over a submission whose request did not finish it."""

WITH_KEY = """
INSERT INTO leads_submission ({columns}) SELECT {casts} FROM setup
WHERE holds AND NOT EXISTS (SELECT FROM full_since)
ON CONFLICT (form_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id
"""
# The statement after the lock has its own snapshot, taken after the lock was granted, and so sees
# what the one before us in the queue has committed. (As one statement it would not.)
NOT_WAITING_IN_TURN = f"{NOT_WAITING}, pg_advisory_xact_lock(%s)"
WITHOUT_KEY = """
INSERT INTO leads_submission ({columns}) SELECT {casts} FROM setup
WHERE holds AND NOT EXISTS (SELECT FROM full_since)
AND NOT EXISTS (SELECT FROM leads_submission WHERE fingerprint = %s AND received_at > %s) RETURNING id
"""

NOT_YET = ("lead_id", "rejected_by_id", "rejected_at", "processed_at")
"""Columns that are empty while it is stored; reading a value costs PostgreSQL 2 to 3 µs."""

# What processing asks first comes with the answer. ``full_since``: the oldest of as many posts as an
# address may send within a minute, when there are so many of one; counted here, because every process
# may be in the middle of its first.
STORED = """
WITH setup AS MATERIALIZED (SELECT {is_in_force} AS holds), full_since AS MATERIALIZED (
    SELECT received_at FROM leads_submission
    WHERE form_id = %s AND remote_address = %s AND received_at > %s AND id <> %s
    ORDER BY received_at DESC OFFSET %s LIMIT 1
), stored AS ({insert})
SELECT holds, EXISTS (SELECT FROM stored), (SELECT received_at FROM full_since), arrival.*
FROM setup, ({arrival}) AS arrival
"""

hits = HitCounter()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the visitor is told; `replayed` when the submission had been stored before."""

    submission_id: UUID
    replayed: bool


class SetupChanged(Exception):
    """What the submission was judged by is no longer so; nothing is stored."""


def store(submission: Submission, *, email_key: str | None, domain: str, setup: Setup) -> tuple[Receipt, Row]:
    """Store a submission exactly once and commit, not waiting for the disk; a repeat gets the
    receipt of the first. Outside of any transaction: one message to the database is all of it, and
    brings back what is known of ``email_key`` and ``domain``, to be read by ``arrival_of``.

    Raises SetupChanged when ``setup`` is no longer in force, TooMany when its address has stored as many
    as the form allows, KeyReused when its idempotency key came with other values before, and
    StillRunning while the first request with that key is at work. Keys are per form.
    """
    _refuse_transaction()
    asked, wanted = asking(email_key=email_key, domain=domain)
    row, force = row_of(submission, key=True, but=NOT_YET), [*[setup.token] * 2, *_counted(submission)]
    if submission.idempotency_key is None:
        since = submission.received_at - SAME_VALUES_WINDOW
        repeat = [submission.fingerprint, since]
        before: Statement = (NOT_WAITING_IN_TURN, [lock_number(submission.fingerprint)])
        insert: Statement = (_filled(WITHOUT_KEY, asked), [*force, *row, *repeat, *wanted])
    else:
        before = (NOT_WAITING, [])
        insert = (_filled(WITH_KEY, asked), [*force, *row, *wanted])
    # One message, so one transaction.
    holds, is_stored, full_since, *found = first_answer(before, insert)
    if not holds:
        raise SetupChanged
    if full_since is not None:
        _close(submission.form, submission.remote_address, full_since + WINDOW)
        _refuse_closed(submission.form, submission.remote_address, submission.received_at)
    receipt = Receipt(submission.pk, replayed=False) if is_stored else _replay(submission)
    return receipt, found


def reach_disk() -> None:
    """Come back when everything that was committed so far would survive a crash of PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(REACH_DISK)


def _refuse_transaction() -> None:
    """In a transaction nothing would be stored until its end. (Tests run in one that Django knows of.)"""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("A submission is stored by a transaction of its own.")


@cache
def _filled(insert: str, arrival: str) -> str:
    filled = insert.format(
        columns=", ".join(columns_of(Submission, key=True, but=NOT_YET)),
        casts=casts_of(Submission, key=True, but=NOT_YET),
    )
    return STORED.format(is_in_force=IS_IN_FORCE, insert=filled, arrival=arrival)


def _replay(submission: Submission) -> Receipt:
    same_form = Submission.objects.filter(form_id=submission.form_id)
    if submission.idempotency_key is None:
        first = same_form.filter(fingerprint=submission.fingerprint).order_by("-received_at")[0]
        return Receipt(first.pk, replayed=first.pk != submission.pk)
    first = same_form.get(idempotency_key=submission.idempotency_key)
    if first.pk == submission.pk:  # stored over a connection that died before it said so
        return Receipt(first.pk, replayed=False)
    if first.fingerprint != submission.fingerprint:
        raise KeyReused(_("This Idempotency-Key came with other values before."))
    if (
        first.status == SubmissionStatus.RECEIVED
        and first.received_at > submission.received_at - STILL_RUNNING
    ):
        raise StillRunning(_("The first request with this Idempotency-Key is still at work."))
    return Receipt(first.pk, replayed=True)


def refuse_flood(*, form: Form, address: str | None, at: datetime) -> None:
    """Raise TooMany when an address posts more often than the form allows per minute (0: any rate).

    By the memory of this process alone, so a flood costs no query: it counts its own, whatever became
    of them, and knows until when the posts that all processes stored fill the minute (``store``).
    """
    if not form.rate_per_minute or address is None:
        return
    if not hits.seconds_closed((form.pk, address), at):
        seen, window_ends = hits.hit((form.pk, address), at)
        if seen > form.rate_per_minute:
            _close(form, address, window_ends)
    _refuse_closed(form, address, at)


def _counted(submission: Submission) -> list[Any]:
    """Whose posts ``full_since`` counts, since when, and how many younger ones there are at least."""
    rate = submission.form.rate_per_minute
    address = submission.remote_address if rate else None
    since = submission.received_at - WINDOW
    return [submission.form_id, address, since, submission.pk, max(rate - 1, 0)]


def _close(form: Form, address: str | None, until: datetime) -> None:
    hits.close((form.pk, address), until)
    # Once a window, not once a post: a flood must not fill the disk either.
    rate = form.rate_per_minute
    logger.warning("Form %s: more than %s posts a minute from %s, refused", form.pk, rate, address)


def _refuse_closed(form: Form, address: str | None, at: datetime) -> None:
    if wait := hits.seconds_closed((form.pk, address), at):
        raise TooMany(_("Too many submissions from this address."), wait=wait)
