"""Working calendars in the settings pages."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from sla.forms.calendar_page import HoursField
from sla.models import Calendar, Holiday
from sla.rules.calendar import compile_calendar
from sla.rules.public_holidays import countries, public_holidays, regions
from sla.rules.weeks import weeks
from sla.selectors.policies import current_book
from sla.services.defaults import install_defaults
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_user

AT = datetime(2026, 3, 6, 16, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("09:00-14:00, 16:00-19:00", [(540, 840), (960, 1140)]),
        ("9:00 – 14.30", [(540, 870)]),
        ("16:00-24:00;08:00-10:00", [(480, 600), (960, 1440)]),
        ("", []),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, ranges: list[tuple[int, int]]):
    assert HoursField(required=False).clean(text) == ranges


def test_holidays_of_madrid():
    found = public_holidays(country="ES", region="MD", years=[2026])
    assert (found[date(2026, 5, 2)], date(2026, 10, 12) in found) == (
        "Fiesta de la Comunidad de Madrid",
        True,
    )


def test_holidays_of_another_region_are_not_ours():
    assert date(2026, 5, 2) not in public_holidays(country="ES", region="CT", years=[2026])


@pytest.mark.parametrize(("country", "region"), [("XX", ""), ("ES", "XX"), ("", "")])
def test_unknown_places_have_none(country: str, region: str):
    assert public_holidays(country=country, region=region, years=[2026]) == {}


def test_places_have_names():
    assert ("ES", "Spain") in countries()
    assert ("MD", "Madrid") in regions("ES")


def test_weeks_begin_on_monday_and_name_days_off():
    calendar = compile_calendar(
        time_zone="UTC", hours=[(day, 540, 840) for day in range(5)], holidays=[date(2026, 3, 4)]
    )
    ((monday, _tue, wednesday, *_rest, sunday), second) = weeks(
        calendar, since=date(2026, 3, 5), count=2, names={date(2026, 3, 4): "Fest"}
    )
    assert (monday.day, monday.hours, second[0].day) == (date(2026, 3, 2), ("09:00–14:00",), date(2026, 3, 9))
    assert (wednesday.holiday, wednesday.hours, sunday.hours, sunday.is_holiday) == ("Fest", (), (), False)


@pytest.fixture
def admin(client: Client, db: None) -> User:
    user = make_user(role=Role.ADMIN)
    client.force_login(user)
    install_defaults(at=AT, time_zone="Europe/Madrid")
    return user


def body(holidays: list[dict[str, str]] | None = None, **fields: Any) -> dict[str, Any]:
    rows = holidays or []
    data = {"holidays-TOTAL_FORMS": len(rows), "holidays-INITIAL_FORMS": 0}
    data |= {f"holidays-{n}-{key}": value for n, row in enumerate(rows) for key, value in row.items()}
    days = {f"day{n}": "09:00-14:00" for n in range(5)} | {"day5": "", "day6": ""}
    return {"name": "Office", "time_zone": "Europe/Madrid", **days, **data, **fields}


def test_a_calendar_is_made(client: Client, admin: User):
    client.post("/settings/calendars/new/", body([{"day": "2026-12-24", "name": "Eve"}]))
    made = Calendar.objects.get(name="Office")
    assert (made.hours.count(), list(made.holidays.values_list("name", flat=True))) == (5, ["Eve"])


def test_a_change_is_told_and_felt(client: Client, admin: User):
    found = Calendar.objects.get()
    before = current_book().token
    client.post(f"/settings/calendars/{found.pk}/", body(name=found.name, day0="10:00-14:00"))
    change = ConfigChange.objects.get()
    assert [entry["field"] for entry in change.changes] == ["hours"]
    assert current_book().token != before
    assert current_book().calendar(found.pk).week[0] == ((600, 840),)


@pytest.mark.parametrize(
    "fields",
    [
        {f"day{n}": "" for n in range(5)},
        {"day0": "14:00-09:00"},
        {"day0": "nine to five"},
        {"day0": "09:00-24:01"},
        {"time_zone": "Europe/Nowhere"},
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, admin: User, fields: dict[str, str]):
    assert client.post("/settings/calendars/new/", body(**fields)).status_code == 422
    assert Calendar.objects.count() == 1


def test_public_holidays_are_added_once(client: Client, admin: User):
    found = Calendar.objects.get()
    Holiday.objects.create(calendar=found, day="2027-01-01", name="Ours")
    page = f"/settings/calendars/{found.pk}/holidays/"
    place = {"country": "ES", "region": "MD", "year": date.today().year}
    shown = client.get(page, place).context["rows"]
    ticked = [row["day"].isoformat() for row in shown[:2]]
    for _ in range(2):
        client.post(page, {**place, "day": ticked})
    stored = dict(found.holidays.values_list("day", "name"))
    assert {day.isoformat() for day in stored} == {*ticked, "2027-01-01"}
    assert stored[date(2027, 1, 1)] == "Ours"


def test_only_days_of_the_place_are_taken(client: Client, admin: User):
    found = Calendar.objects.get()
    place = {"country": "ES", "region": "MD", "year": date.today().year}
    client.post(f"/settings/calendars/{found.pk}/holidays/", {**place, "day": ["2026-02-03"]})
    assert found.holidays.count() == 0


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_at_any_length(
    client: Client, admin: User, more: int, django_assert_num_queries
):
    for n in range(more):
        calendar = Calendar.objects.create(name=f"C{n}")
        Holiday.objects.create(calendar=calendar, day="2026-01-01")
    client.get("/settings/calendars/")
    with django_assert_num_queries(6):  # session, person, calendars, hours, holidays, policies
        client.get("/settings/calendars/")


def test_a_calendar_costs_what_it_costs(client: Client, admin: User, django_assert_num_queries):
    found = Calendar.objects.get()
    client.get(f"/settings/calendars/{found.pk}/")
    # session, person, calendar, holidays, hours, name, and the calendar as stored with both
    with django_assert_num_queries(10):
        client.get(f"/settings/calendars/{found.pk}/")
