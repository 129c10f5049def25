"""When to try again, and when to stop."""

from datetime import timedelta

PATIENCE = 3
"""Own failures after which the ladder goes on without waiting for this mail (about two minutes)."""

POISON_LIMIT = 5
"""Tries of something that raises before it is given up and shown."""

GIVE_UP_AFTER = timedelta(hours=24)
"""A reminder that a mailbox kept putting off for a day has lost its meaning; others were told."""

_FIRST, _LONGEST = 30.0, 900.0
_SERVER_FIRST, _SERVER_LONGEST = 5.0, 60.0


def back_off(failures: int, *, spread: float) -> timedelta:
    """After the ``failures``-th failure of its own: 30 s doubling to 15 min, ± a quarter.

    ``spread`` in [0, 1) is the jitter: it keeps mails that failed together from returning together.
    """
    return _jittered(_FIRST, _LONGEST, failures, spread)


def server_back_off(attempts: int, *, spread: float) -> timedelta:
    """After a try that failed because the mail server is away: 5 s doubling to 1 min, ± a quarter.

    Short, because a round gives up at the first refusal and so costs one connection, and because
    everything waits for this server.
    """
    return _jittered(_SERVER_FIRST, _SERVER_LONGEST, attempts, spread)


def _jittered(first: float, longest: float, times: int, spread: float) -> timedelta:
    # Capped before the power, which would overflow after a long outage.
    seconds = min(longest, first * 2 ** min(max(0, times - 1), 10))
    return timedelta(seconds=seconds * (0.75 + spread / 2))
