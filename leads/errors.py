"""Domain errors of the leads room; ``smarketing.problems`` maps them to HTTP once."""


class LeadsError(Exception):
    """Base of what this room refuses; the message is written for the person who reads it."""


class InvalidValue(LeadsError):
    """A value cannot be accepted. ``field`` names where it came from (empty: the whole body)."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class KeyReused(LeadsError):
    """The same idempotency key came with another body (422)."""


class StillRunning(LeadsError):
    """The first request with this idempotency key is still being processed (409)."""


class NotAllowed(LeadsError):
    """The actor may not do this (403)."""
