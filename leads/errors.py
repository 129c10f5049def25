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


class InvalidValues(LeadsError):
    """Several fields of one submission cannot be accepted (400): ``errors`` says why, by field."""

    def __init__(self, errors: "dict[str, list[str]]") -> None:
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items()))
        self.errors = errors


class TooMany(LeadsError):
    """One address posts too often (429); it may come again after ``wait`` seconds."""

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class LeadExists(LeadsError):
    """Another lead has this address, number or external id already (409)."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class StaleLead(LeadsError):
    """Somebody changed the lead since it was read (409, or 412 to a precondition)."""


class StaleRules(LeadsError):
    """Somebody changed this part of a draft, or published the draft, since it was read (409)."""


class UnusableTable(LeadsError):
    """A file as a whole cannot be read as a table."""


class StaleImport(LeadsError):
    """The import has gone on since it was read (409)."""


class OvertakenImport(StaleImport):
    """Somebody said what its columns mean since they were shown (409)."""


class AgreedNumber(LeadsError):
    """Both teams have signed it: it is changed by a new version of their agreement (409)."""
