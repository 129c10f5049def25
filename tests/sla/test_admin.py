"""Configuration in Django's admin: validated, and felt by the next clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.forms import inlineformset_factory
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sla.enums import ClockKind
from sla.forms import HolidayFormSet
from sla.models import Calendar, Holiday, Policy, PolicyRevision
from sla.services.defaults import install_defaults
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.sla.factories import MONDAY, make_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    install_defaults(at=MONDAY)
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def rows(prefix: str, fields: list[dict[str, Any]], initial: int = 0) -> dict[str, Any]:
    data = {f"{prefix}-TOTAL_FORMS": len(fields), f"{prefix}-INITIAL_FORMS": initial}
    for place, row in enumerate(fields):
        data |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return data


def calendar(hours: list[tuple[int, str, str]], *, zone: str = "Europe/Madrid") -> dict[str, Any]:
    shifts = [{"weekday": day, "start_minute": start, "end_minute": end} for day, start, end in hours]
    return {"name": "Night", "time_zone": zone, **rows("hours", shifts), **rows("holidays", [])}


def policy(steps: list[tuple[int, list[str]]], **fields: Any) -> dict[str, Any]:
    ladder = [{"offset": offset, "recipients": roles} for offset, roles in steps]
    return {
        "name": "Quick",
        "kind": ClockKind.FIRST_CONTACT,
        "position": 0,
        "conditions": "[]",
        "calendar": Calendar.objects.get().pk,
        "time_base": "working",
        "minutes": 5,
        "attempts": 5,
        "is_active": "on",
        **rows("steps", ladder),
        **fields,
    }


def errors(response: Any) -> list[str]:
    return [str(message) for message in response.context["errors"]]


def test_hours_are_written_as_times_of_day(admin):
    admin.post(reverse("admin:sla_calendar_add"), calendar([(5, "22:00", "24:00")]))
    saved = Calendar.objects.get(name="Night").hours.values_list("weekday", "start_minute", "end_minute")
    assert list(saved) == [(5, 1320, 1440)]


def test_hours_are_shown_as_times_of_day(admin):
    page = admin.get(reverse("admin:sla_calendar_change", args=[Calendar.objects.get().pk]))
    assert page.content.count(b'value="09:00"') == 5


@pytest.mark.parametrize(
    ("hours", "zone", "message"),
    [
        ([], "UTC", "never reach a deadline"),
        ([(0, "18:00", "09:00")], "UTC", "must end after it began"),
        ([(0, "9", "25:00")], "UTC", "Give a time of day"),
        ([(0, "09:00", "18:00")], "Mars/Olympus", "time zone is not known"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(admin, hours, zone, message):
    page = admin.post(reverse("admin:sla_calendar_add"), calendar(hours, zone=zone))
    assert message in " ".join(errors(page))


def test_the_last_hours_cannot_be_deleted(admin):
    office = Calendar.objects.get()
    shifts = [
        {"id": row.pk, "weekday": 0, "start_minute": "09:00", "end_minute": "18:00", "DELETE": "on"}
        for row in office.hours.all()
    ]
    data = {"name": "x", "time_zone": "UTC", **rows("hours", shifts, initial=5), **rows("holidays", [])}
    page = admin.post(reverse("admin:sla_calendar_change", args=[office.pk]), data)
    assert "never reach a deadline" in " ".join(errors(page))


def test_holidays_on_every_working_day_are_refused(admin):
    office = Calendar.objects.get()
    office.hours.exclude(weekday=0).delete()
    monday = timezone.now().date() - timedelta(days=timezone.now().weekday())
    days = [{"day": monday + timedelta(weeks=week)} for week in range(530)]
    formset = inlineformset_factory(
        Calendar, Holiday, formset=HolidayFormSet, fields=("day",), max_num=9000, absolute_max=9000
    )(rows("holidays", days), instance=office)
    assert "no working time" in " ".join(formset.non_form_errors())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"minutes": 0}, "between one minute and one year"),
        ({"conditions": '[{"field": "shoe_size", "operator": "eq", "value": 1}]'}, "Unknown field"),
        ({"conditions": '{"field": "country"}'}, "must be a list"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(admin, change, message):
    page = admin.post(reverse("admin:sla_policy_add"), policy([(0, ["rep"])], **change))
    assert message in " ".join(errors(page))


@pytest.mark.parametrize(
    ("steps", "message"),
    [([], "once it is due"), ([(-5, ["rep"]), (0, ["rep"])], "before the start"), ([(0, [])], "required")],
)
def test_a_ladder_that_makes_no_sense_is_refused(admin, steps, message):
    page = admin.post(reverse("admin:sla_policy_add"), policy(steps))
    assert message in " ".join(errors(page))


def test_a_saved_policy_is_felt_by_the_next_clock(admin):
    make_clock()
    Policy.objects.update(position=1)
    admin.post(reverse("admin:sla_policy_add"), policy([(0, ["rep"])], minutes=2))
    assert make_clock().minutes == 2


def test_a_deleted_policy_is_felt_too(admin):
    before = PolicyRevision.objects.get().token
    row = Policy.objects.get(kind=ClockKind.DECISION)
    admin.post(reverse("admin:sla_policy_delete", args=[row.pk]), {"post": "yes"})
    assert (Policy.objects.filter(pk=row.pk).exists(), PolicyRevision.objects.get().token != before) == (
        False,
        True,
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_clocks_costs_the_same_for_one_and_three(admin, count, django_assert_num_queries):
    for _ in range(count):
        make_clock()
    with django_assert_num_queries(4):
        admin.get(reverse("admin:sla_clock_changelist"))


def test_clocks_cannot_be_changed_by_hand(admin):
    clock = make_clock()
    page = admin.post(reverse("admin:sla_clock_change", args=[clock.pk]), {"state": "met"})
    assert page.status_code == 403


def test_who_is_no_administrator_is_sent_to_sign_in(admin):
    admin.force_login(make_user(role=Role.MANAGER))
    page = admin.get(reverse("admin:sla_policy_changelist"))
    assert page.status_code == 302
