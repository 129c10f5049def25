"""Domain errors of the funnel room; ``smarketing.problems`` maps them to HTTP once."""

from collections.abc import Mapping

from django.utils.functional import Promise


class FunnelError(Exception):
    """Base of what this room refuses; the message is written for the person who reads it.

    ``extra``: further members of the answer, such as the state the journey has now.
    """

    def __init__(self, message: Promise | str, *, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.extra = dict(extra or {})


class MoveNotAllowed(FunnelError):
    """The journey's stage and status do not allow this move (409)."""


class StaleJourney(FunnelError):
    """Somebody else moved the journey since it was shown (409)."""


class StaleChange(FunnelError):
    """Somebody else changed this since it was shown (409)."""


class InvalidMove(FunnelError):
    """The move lacks something or carries something wrong (400). ``field`` names it."""

    def __init__(self, message: Promise | str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class AlreadySo(InvalidMove):
    """There is nothing to change: it is as it shall be (400)."""


class NotAllowed(FunnelError):
    """The actor may not do this (403)."""


class AgreedNumber(FunnelError):
    """Both teams have signed it: it is changed by a new version of their agreement (409)."""
