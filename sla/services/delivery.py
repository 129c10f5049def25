"""Emptying the outbox: one mail at a time, outside any transaction."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.core.mail import EmailMessage, get_connection

from ..enums import MailKind
from ..models import Mail, MailAttempt
from ..selectors.letters import Letters
from . import outbox
from .mailing import gather_notices
from .transport import Connection, Handover, Result, close_quietly, hand_over, open_connection

LEASED_AT_ONCE = 50
SAFE_LEASE = outbox.LEASE * 2 / 3
"""A mail is begun only with this much of its lease left: a hand-over may take several time-outs."""

DOMAIN_BUDGET = 15.0
"""Seconds that one recipient domain may use up in a round before its mails wait for the next one."""

DROPS_IN_A_ROW = 3
"""A server that hangs up on this many mails in a row is away; one mail it hangs up on is that mail's."""


BOOK_EVERY = 1.0
"""Seconds after which what was sent is booked, even in the middle of a batch."""


@dataclass
class Stopwatch:
    """Now, for work that takes a while: the round's ``at`` plus the time that really passed."""

    at: datetime
    began: float = field(default_factory=monotonic)

    def seconds(self) -> float:
        return monotonic() - self.began

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds())


@dataclass
class Delivered:
    """What a round of delivery did, by result."""

    sent: int = 0
    skipped: int = 0
    failed: int = 0
    dead: int = 0


def deliver_due(
    *, at: datetime, limit: int = 2000, seconds: float = 30.0, connection: Connection | None = None
) -> Delivered:
    """Hand over what is due until nothing is left, ``limit`` mails were met or ``seconds`` are over.

    One connection serves the round. What a failure says about a recipient, a domain or the server
    decides who waits: see ``transport``. Mails written meanwhile (the boss hears that the rep's mail
    was refused) go out in the same round.
    """
    if connection is None:
        connection = get_connection()
    round_ = _Round(connection, Stopwatch(at))
    gather_notices(at=at)
    met = 0
    while met < limit and round_.watch.seconds() < seconds and not round_.server_away:
        mails = round_.lease(min(LEASED_AT_ONCE, limit - met))
        if not mails:
            if not gather_notices(at=round_.watch.now()):
                break
            continue
        met += len(mails)
        round_.deliver(mails)
    close_quietly(connection)
    return round_.done


class _Round:
    def __init__(self, connection: Connection, watch: Stopwatch) -> None:
        self.connection = connection
        self.watch = watch
        self.done = Delivered()
        self.server_away = False
        self.drops = 0
        self.used: defaultdict[str, float] = defaultdict(float)
        self.met: set[int] = set()
        """Mails that this round is done with, whatever came of them."""
        self.taken: MailAttempt | None = None
        """The try that the server accepted last, until that is noted with the next one."""
        self.unbooked: list[int] = []
        self.booked_at = 0.0

    def lease(self, limit: int) -> list[Mail]:
        """Asked anew for each batch: in a round that takes long, mails come due while it runs."""
        now = self.watch.now()
        spent = [domain for domain, seconds in self.used.items() if seconds >= DOMAIN_BUDGET]
        later = outbox.call_earlier_steps_first(at=now, tried=self.met, without=spent)
        return outbox.lease_due(at=now, limit=limit, without=spent, later=later)

    def deliver(self, mails: list[Mail]) -> None:
        """Mails for the domains that used least time so far go first."""
        lease_ends = self.watch.now() + outbox.LEASE
        before = outbox.taken_before(mails=mails)
        outbox.book_sent(mail_ids=before, at=self.watch.now())
        self.met |= {mail.pk for mail in mails}
        mails = [mail for mail in mails if mail.pk not in before]
        letters = Letters(mails, at=self.watch.at)
        waiting = self._worth_saying(mails, letters)
        waiting.sort(key=lambda mail: self.used[_domain(mail)] > 1)
        while waiting and self.watch.now() <= lease_ends - SAFE_LEASE:
            if self.watch.seconds() - self.booked_at > BOOK_EVERY:
                self._book()
            mail = waiting.pop(0)
            waiting = self._try(mail, letters, waiting)
        self._book()
        self.met -= {mail.pk for mail in waiting}
        outbox.release(mails=waiting)

    def _worth_saying(self, mails: list[Mail], letters: Letters) -> list[Mail]:
        pointless = [mail for mail in mails if letters.is_pointless(mail)]
        for mail in pointless:
            outbox.mark_skipped(mail=mail, at=self.watch.now())
        self.done.skipped += len(pointless)
        return [mail for mail in mails if mail not in pointless]

    def _try(self, mail: Mail, letters: Letters, waiting: list[Mail]) -> list[Mail]:
        """One mail; answers what is still to be tried of the batch.

        Nothing may come between an accepted mail and ``begin_attempt`` of the next: a kill before
        that repeats it.
        """
        attempt = outbox.begin_attempt(mail=mail, at=self.watch.now(), taken=self.taken)
        self.taken = None
        if attempt is None:
            return waiting
        try:
            message = self._write(mail, letters)
        except Exception as error:
            self._failed(mail, attempt, f"{type(error).__name__}: {error}", poison=True)
            return waiting
        if trouble := open_connection(self.connection):
            return self._away(mail, attempt, trouble, waiting)
        began = self.watch.seconds()
        handover = hand_over(self.connection, message)
        self.used[_domain(mail)] += self.watch.seconds() - began
        return self._note(mail, attempt, handover, waiting)

    def _book(self) -> None:
        if self.taken is not None:
            outbox.note_taken(attempt=self.taken, at=self.watch.now())
            self.taken = None
        outbox.book_sent(mail_ids=self.unbooked, at=self.watch.now())
        self.unbooked.clear()
        self.booked_at = self.watch.seconds()

    def _write(self, mail: Mail, letters: Letters) -> EmailMessage:
        """A digest goes out without the lines that cannot be written; they fail alone."""
        try:
            return letters.message(mail)
        except Exception:
            bad = letters.unwritable(mail) if mail.kind == MailKind.DIGEST else []
            if not bad:
                raise
            letters.leave_out(mail, bad)
            if letters.is_pointless(mail):
                raise
            outbox.split_off(mail=mail, deliveries=bad, at=self.watch.now())
            return letters.message(mail)

    def _note(self, mail: Mail, attempt: MailAttempt, handover: Handover, waiting: list[Mail]) -> list[Mail]:
        result, detail = handover
        if result is Result.SENT:
            self.taken = attempt
            self.unbooked.append(mail.pk)
            self.done.sent += 1
            self.drops = 0
            if mail.failures:
                self._book()  # the boss may come next in this batch, and is held back now
            return waiting
        if result in (Result.HUNG, Result.DROPPED, Result.AWAY):
            close_quietly(self.connection)
        self.drops = self.drops + 1 if result is Result.DROPPED else 0
        if result is Result.AWAY or self.drops >= DROPS_IN_A_ROW:
            return self._away(mail, attempt, detail, waiting)
        if result is Result.REFUSED:
            outbox.mark_dead(mail=mail, attempt=attempt, error=detail, at=self.watch.now())
            self.done.dead += 1
            return waiting
        self._failed(mail, attempt, detail)
        if result is Result.HUNG:
            return self._put_off(_domain(mail), waiting)
        return waiting

    def _failed(self, mail: Mail, attempt: MailAttempt, error: str, *, poison: bool = False) -> None:
        gone = outbox.mark_failed(mail=mail, attempt=attempt, error=error, at=self.watch.now(), poison=poison)
        self.done.dead += gone
        self.done.failed += not gone

    def _away(self, mail: Mail, attempt: MailAttempt, error: str, waiting: list[Mail]) -> list[Mail]:
        outbox.mark_server_away(mail=mail, attempt=attempt, others=waiting, error=error, at=self.watch.now())
        self.server_away = True
        self.done.failed += 1
        return []

    def _put_off(self, domain: str, waiting: list[Mail]) -> list[Mail]:
        held = [mail for mail in waiting if _domain(mail) == domain]
        outbox.put_off_domain(domain=domain, held=held, at=self.watch.now())
        self.used[domain] = max(self.used[domain], DOMAIN_BUDGET)  # nobody waits for it in this round
        return [mail for mail in waiting if _domain(mail) != domain]


def _domain(mail: Mail) -> str:
    return mail.address.rpartition("@")[2].lower()
