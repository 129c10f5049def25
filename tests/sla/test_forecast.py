"""The forecast says what the engine would do."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sla.enums import Recipient, TimeBase
from sla.rules.calendar import compile_calendar
from sla.rules.forecast import forecast, pauses
from sla.rules.policy import Timekeeper
from sla.rules.recipients import Person
from smarketing.accounts.enums import Role

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = [(day, 9 * 60, 18 * 60) for day in range(5)]
PEOPLE = {
    1: Person(1, Role.SDR, reports_to=2),
    2: Person(2, Role.MANAGER, reports_to=3),
    3: Person(3, Role.EXECUTIVE),
}
STEPS = [
    {"offset": -2, "recipients": [Recipient.REP]},
    {"offset": 0, "recipients": [Recipient.REP]},
    {"offset": 10, "recipients": [Recipient.REP, Recipient.BOSS]},
    {"offset": 15, "recipients": [Recipient.CEO]},
]


def keeper(base: str = TimeBase.WORKING, holidays: tuple[date, ...] = ()) -> Timekeeper:
    return Timekeeper(base, compile_calendar(time_zone="Europe/Madrid", hours=OFFICE, holidays=holidays))


def madrid(day: int, hour: int, minute: int = 0) -> datetime:
    """In March 2026: the 6th is a Friday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=MADRID)


def friday_evening(**options):
    return forecast(
        keeper(**options), start=madrid(6, 17, 58), minutes=5, steps=STEPS, people=PEOPLE, owner_id=1
    )


def test_two_minutes_before_the_weekend():
    found = friday_evening()
    assert found.due_at == madrid(9, 9, 3)
    assert [telling.at for telling in found.tellings] == [
        madrid(9, 9, 1),
        madrid(9, 9, 3),
        madrid(9, 9, 13),
        madrid(9, 9, 18),
    ]


def test_who_is_told_at_each_step():
    assert [telling.told.people for telling in friday_evening().tellings] == [
        {1: "rep"},
        {1: "rep"},
        {1: "rep", 2: "boss"},
        {3: "ceo"},
    ]


def test_the_weekend_is_one_pause():
    (pause,) = friday_evening().pauses
    assert (pause.since, pause.until, pause.days) == (
        madrid(6, 18),
        madrid(9, 9),
        (date(2026, 3, 7), date(2026, 3, 8)),
    )


def test_a_holiday_lengthens_it():
    found = friday_evening(holidays=(date(2026, 3, 9),))
    assert found.due_at == madrid(10, 9, 3)
    assert found.pauses[0].days == (date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9))


def test_calendar_time_knows_no_pause():
    found = friday_evening(base=TimeBase.WALL)
    assert (found.due_at, found.pauses) == (madrid(6, 18, 3), ())


def test_a_warning_that_lies_before_the_arrival_comes_at_once():
    found = forecast(keeper(), start=madrid(6, 10), minutes=1, steps=STEPS, people=PEOPLE, owner_id=1)
    assert found.tellings[0].at == madrid(6, 10)


def test_arriving_at_night_begins_with_a_pause():
    (pause,) = pauses(keeper().calendar, madrid(5, 22), madrid(6, 9, 3))
    assert (pause.since, pause.until, pause.days) == (madrid(5, 22), madrid(6, 9), ())


def test_the_next_step_keeps_its_gap_from_the_one_before():
    found = forecast(
        keeper(), start=madrid(6, 10), minutes=1, steps=STEPS[:1] + STEPS[2:], people=PEOPLE, owner_id=1
    )
    # The warning came at 10:00, late: the next is 12 working minutes after it, not 11.
    assert [telling.at for telling in found.tellings[:2]] == [madrid(6, 10), madrid(6, 10, 12)]
