"""A calendar file (RFC 5545) with one event; just what an invitation needs.

Text is escaped, lines end with CRLF and are folded at 75 octets, never inside a character. The UID
of a meeting never changes; SEQUENCE grows with every change of its time, so a calendar moves the
entry it has instead of making another.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

PRODUCT = "-//Smarketing//Review meetings//EN"
OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Guest:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """``stamp``: when this version of the meeting was made. Times are aware."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    place: str = ""
    url: str = ""
    organizer: Guest | None = None
    guests: tuple[Guest, ...] = ()


def calendar_file(meeting: Meeting, *, method: str) -> bytes:
    """``method``: PUBLISH for a file to download, REQUEST for an invitation (it needs an organizer)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        *_event(meeting, with_guests=method == "REQUEST"),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(part for line in lines for part in folded(line))


def folded(line: str) -> Iterator[bytes]:
    """The line in pieces of at most 75 octets, all but the first after a blank, each with its CRLF."""
    piece, room = bytearray(), OCTETS
    for char in line:
        octets = char.encode()
        if len(piece) + len(octets) > room:
            yield bytes(piece) + b"\r\n"
            piece, room = bytearray(b" "), OCTETS
        piece += octets
    yield bytes(piece) + b"\r\n"


def escaped(text: str) -> str:
    """A TEXT value."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for char in ("\\", ";", ","):
        plain = plain.replace(char, f"\\{char}")
    return plain.replace("\n", "\\n")


def _event(meeting: Meeting, *, with_guests: bool) -> Iterator[str]:
    yield f"UID:{escaped(meeting.uid)}"
    yield f"SEQUENCE:{meeting.sequence}"
    for name, at in (("DTSTAMP", meeting.stamp), ("DTSTART", meeting.starts_at), ("DTEND", meeting.ends_at)):
        yield f"{name}:{_utc(at)}"
    yield f"SUMMARY:{escaped(meeting.summary)}"
    texts = {"DESCRIPTION": meeting.description, "LOCATION": meeting.place}
    yield from (f"{name}:{escaped(text)}" for name, text in texts.items() if text)
    if meeting.url:
        yield f"URL:{_one_line(meeting.url)}"
    yield "STATUS:CONFIRMED"
    if with_guests:
        yield from _people(meeting.organizer, meeting.guests)


def _people(organizer: Guest | None, guests: Iterable[Guest]) -> Iterator[str]:
    if organizer is not None:
        yield f"ORGANIZER;CN={_quoted(organizer.name)}:mailto:{_one_line(organizer.email)}"
    for guest in guests:
        yield (
            f"ATTENDEE;CN={_quoted(guest.name)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
            f":mailto:{_one_line(guest.email)}"
        )


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _quoted(name: str) -> str:
    """A parameter's value; a quotation mark has no way to be written in one."""
    return '"' + _one_line(name).replace('"', "'") + '"'


def _one_line(text: str) -> str:
    return _CONTROLS.sub("", text).replace("\n", " ").replace("\t", " ")
