"""Handing one mail to a mail server, and what its refusals mean."""

import smtplib
from enum import Enum
from typing import NamedTuple, Protocol

from django.core.mail import EmailMessage


class Connection(Protocol):
    """What we use of a Django mail backend."""

    def open(self) -> bool | None: ...

    def close(self) -> None: ...

    def send_messages(self, email_messages: list[EmailMessage]) -> int | None: ...


class Result(Enum):
    SENT = "sent"
    REFUSED = "refused"  # for good: a retry does not help
    PUT_OFF = "put off"  # this recipient, for now
    HUNG = "hung"  # the server did not answer in time about this recipient
    DROPPED = "dropped"  # the server hung up in the middle of it
    AWAY = "away"  # the server takes nothing from us now, whoever it is for


class Handover(NamedTuple):
    result: Result
    detail: str


def hand_over(connection: Connection, message: EmailMessage) -> Handover:
    """One message on an open connection; every refusal is classified, none is raised.

    Which side a failure falls on decides whose back-off it is: a server that is away is no mail's
    fault, and a mail's fault must not stop the others.
    """
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        return _by_code(*next(iter(error.recipients.values())))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError) as error:
        return Handover(Result.AWAY, _words(error.smtp_code, error.smtp_error))
    except smtplib.SMTPNotSupportedError as error:
        return Handover(Result.REFUSED, str(error))
    except smtplib.SMTPResponseException as error:
        return _by_code(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        # Trap: smtplib turns a time-out into "disconnected" and keeps it only as the context.
        hung = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        return Handover(Result.HUNG if hung else Result.DROPPED, f"{type(error).__name__}: {error}")
    return Handover(Result.SENT, "sent")


def open_connection(connection: Connection) -> str:
    """Empty when it is open, else why not."""
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def close_quietly(connection: Connection) -> None:
    """A connection that failed is thrown away; saying goodbye may fail as well."""
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        # Django's backend drops its socket in a ``finally``, so the next open() starts afresh.
        return


def _by_code(code: int, text: bytes | str) -> Handover:
    if code == 421:  # "closing the channel": about the server, whatever it answered to
        return Handover(Result.AWAY, _words(code, text))
    return Handover(Result.REFUSED if code >= 500 else Result.PUT_OFF, _words(code, text))


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {said}"
