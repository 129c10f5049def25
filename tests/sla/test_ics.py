"""The calendar file: what RFC 5545 asks of an invitation."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.rules.ics import Guest, Meeting, calendar_file, escaped, folded

START = datetime(2026, 4, 1, 10, tzinfo=timezone(timedelta(hours=2)))
MEETING = Meeting(
    uid="a-b@smarketing",
    sequence=2,
    stamp=datetime(2026, 3, 1, 9, tzinfo=UTC),
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    summary="Review; numbers, and more",
    description="First\nsecond \\ third",
    place="Room 4",
    url="https://crm.example/reviews/1/",
    organizer=Guest('Ana "Boss" Gil', "ana@example.com"),
    guests=(Guest("Núñez, Eva", "eva@example.com"),),
)


def lines(method: str = "REQUEST", meeting: Meeting = MEETING) -> list[str]:
    """Unfolded."""
    return calendar_file(meeting, method=method).decode().replace("\r\n ", "").split("\r\n")


def test_an_invitation() -> None:
    assert lines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Smarketing//Review meetings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:a-b@smarketing",
        "SEQUENCE:2",
        "DTSTAMP:20260301T090000Z",
        "DTSTART:20260401T080000Z",
        "DTEND:20260401T090000Z",
        "SUMMARY:Review\\; numbers\\, and more",
        "DESCRIPTION:First\\nsecond \\\\ third",
        "LOCATION:Room 4",
        "URL:https://crm.example/reviews/1/",
        "STATUS:CONFIRMED",
        "ORGANIZER;CN=\"Ana 'Boss' Gil\":mailto:ana@example.com",
        'ATTENDEE;CN="Núñez, Eva";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE'
        ":mailto:eva@example.com",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_file_to_download_names_nobody() -> None:
    told = lines("PUBLISH")
    assert "METHOD:PUBLISH" in told
    assert [line for line in told if line.startswith(("ORGANIZER", "ATTENDEE"))] == []


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=400))
def test_lines_are_folded_at_75_octets_and_come_back_whole(text: str) -> None:
    pieces = list(folded(text))
    assert all(len(piece) <= 77 and piece.endswith(b"\r\n") for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert all(piece.decode() for piece in pieces)  # no character is cut in two
    first, *rest = (piece[:-2] for piece in pieces)
    assert (first + b"".join(piece[1:] for piece in rest)).decode() == text


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_line(text: str) -> None:
    assert not {"\r", "\n", "\x00"} & set(escaped(text))


@pytest.mark.parametrize("text", ["a\r\nATTENDEE:mailto:x", "a\nBEGIN:VEVENT", "a\rEND:VCALENDAR"])
def test_markup_in_a_name_or_place_stays_text(text: str) -> None:
    meeting = Meeting(
        uid="x",
        sequence=0,
        stamp=START,
        starts_at=START,
        ends_at=START,
        summary=text,
        place=text,
        url=f"https://x/{text}",
        organizer=Guest(text, text),
        guests=(Guest(text, text),),
    )
    names = [line.split(":")[0].split(";")[0] for line in lines(meeting=meeting)]
    assert (names.count("ATTENDEE"), names.count("BEGIN"), names.count("END")) == (1, 2, 2)
