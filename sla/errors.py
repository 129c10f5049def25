"""Domain errors of the sla room; ``smarketing.problems`` maps them to HTTP once."""


class SlaError(Exception):
    """Base of what this room refuses; the message is written for the person who reads it."""


class EmptyCalendar(SlaError):
    """A calendar without any working time would never reach a deadline (400)."""


class InvalidPolicy(SlaError):
    """A policy or one of its steps makes no sense (400). ``field`` names it."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class AlreadyDisputed(SlaError):
    """One side disputes one thing about a journey once (409)."""


class AlreadyDecided(SlaError):
    """A dispute is decided once (409)."""


class StaleReview(SlaError):
    """Somebody else wrote the minutes meanwhile (409)."""


class ReviewStands(SlaError):
    """A held review is not planned anew, and two are not planned at once (409)."""


class UndoRefused(SlaError):
    """The action can no longer be taken back: too late, somebody was told, or more happened (409)."""


class AgreementStands(SlaError):
    """What was proposed or signed is not changed, only withdrawn or followed by a new version (409)."""


class NotReady(SlaError):
    """An agreement lacks something before it can be proposed or signed (409). ``problems``: what,
    one sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class StaleAgreement(SlaError):
    """It is no longer what the person read (409)."""


class AgreedNumber(SlaError):
    """Both teams have signed it: it is changed by a new version of their agreement (409)."""
