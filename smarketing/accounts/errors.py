"""Domain errors of the accounts room; ``smarketing.problems`` maps them to HTTP once."""


class AccountsError(Exception):
    """Base of what this room refuses; the message is written for the person who reads it."""


class ReportingCycle(AccountsError):
    """Nobody can be their own boss, directly or through others (409)."""


class LastAdmin(AccountsError):
    """Somebody must be left who can change the settings (409)."""


class NotAllowed(AccountsError):
    """The actor may not do this (403)."""


class TeamCycle(AccountsError):
    """A team cannot be part of itself (409)."""


class Overtaken(AccountsError):
    """Somebody changed this setting since it was shown (409)."""


class InvalidToken(AccountsError):
    """A token cannot be issued like this (400). ``field`` names what is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
