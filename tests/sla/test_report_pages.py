"""Setting the reports up, seeing what would go out, and a test to oneself."""

from typing import Any

import pytest
from django.core import mail as post
from django.test import Client
from django.utils import timezone

from sla.enums import MailKind
from sla.models import Mail, ReportMail
from sla.services.delivery import deliver_due
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User
from tests.accounts.factories import make_team, make_user

pytestmark = pytest.mark.django_db
PAGE = "/settings/reports/"


@pytest.fixture
def head(client: Client) -> User:
    user = make_user(role=Role.MANAGER, first_name="Bea", last_name="Boss")
    client.force_login(user)
    return user


def body(**fields: Any) -> dict[str, Any]:
    return {
        "is_active": "on",
        "time": "18:30",
        "time_zone": "Europe/Madrid",
        "weekdays": [0, 4],
        "audiences": ["marketing"],
        "parts": ["plan"],
        **fields,
    }


def test_all_three_are_listed_before_anybody_set_them_up(client: Client, head: User) -> None:
    rows = client.get(PAGE).context["rows"]
    assert [(row["report"].kind, row["report"].is_active, row["readers"]) for row in rows] == [
        (MailKind.DELIVERED, False, 0),
        (MailKind.NOT_ON_IT, False, 0),
        (MailKind.WEEKLY, True, 1),
    ]


def test_a_report_is_set_up(client: Client, head: User) -> None:
    team, person = make_team(Side.SALES), make_user()
    answer = client.post(f"{PAGE}delivered/", body(teams=[team.pk], people=[person.pk]))
    made = ReportMail.objects.get()
    receivers = set(made.receivers.values_list("person", "team"))
    assert (answer.status_code, made.weekdays, f"{made.time:%H:%M}", made.parts, receivers) == (
        302, [0, 4], "18:30", ["plan"], {(person.pk, None), (None, team.pk)},
    )  # fmt: skip


def test_saving_again_changes_it(client: Client, head: User) -> None:
    client.post(f"{PAGE}delivered/", body(people=[head.pk]))
    client.post(f"{PAGE}delivered/", body(is_active="", people=[]))
    made = ReportMail.objects.get()
    assert (made.is_active, made.receivers.count()) == (False, 0)


def test_the_weekly_one_has_one_day(client: Client, head: User) -> None:
    client.post(f"{PAGE}weekly/", body(weekdays=2, parts=["promises"]))
    assert ReportMail.objects.get().weekdays == [2]


@pytest.mark.parametrize(
    ("field", "value"), [("time", "25:00"), ("weekdays", []), ("parts", []), ("time_zone", "Mars")]
)
def test_what_makes_no_sense_is_refused(client: Client, head: User, field: str, value: Any) -> None:
    answer = client.post(f"{PAGE}delivered/", body(**{field: value}))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_who_saves_second_is_told(client: Client, head: User) -> None:
    client.post(f"{PAGE}delivered/", body())
    seen = client.get(f"{PAGE}delivered/").context["seen"].number
    client.post(f"{PAGE}delivered/", body(time="07:00", seen=seen))
    answer = client.post(f"{PAGE}delivered/", body(time="09:00", seen=seen))
    assert (answer.status_code, f"{ReportMail.objects.get().time:%H:%M}") == (409, "07:00")


@pytest.mark.parametrize("kind", ["delivered", "not_on_it", "weekly"])
def test_the_preview_is_what_would_go_out(client: Client, head: User, kind: str) -> None:
    shown = client.get(f"{PAGE}{kind}/preview/").context
    client.post(f"{PAGE}{kind}/test/")
    deliver_due(at=timezone.now())
    (message,) = post.outbox
    assert (message.to, message.subject) == ([head.email], shown["subject"])
    assert message.body.splitlines()[:3] == shown["text"].splitlines()[:3]


def test_the_preview_writes_nothing(client: Client, head: User) -> None:
    client.get(f"{PAGE}weekly/preview/")
    assert Mail.objects.count() == 0


def test_the_preview_names_who_gets_it(client: Client, head: User) -> None:
    make_user(role=Role.EXECUTIVE, first_name="Cora", last_name="Chief")
    assert client.get(f"{PAGE}weekly/preview/").context["readers"] == ["Bea Boss", "Cora Chief"]


@pytest.mark.parametrize("page", ["nothing/", "reminder/", "nothing/preview/"])
def test_there_is_no_other_report(client: Client, head: User, page: str) -> None:
    assert client.get(f"{PAGE}{page}").status_code == 404


@pytest.mark.parametrize(("role", "asked"), [(Role.SDR, (False, True)), (Role.MARKETER, (True, True))])
def test_the_profile_switches_them_off(client: Client, role: str, asked: tuple[bool, bool]) -> None:
    user = make_user(role=role)
    client.force_login(user)
    form = client.get("/profile/").context["form"]
    typed = {"first_name": "Ana", "language": "en", "time_zone": "UTC", "colour_scheme": "auto"}
    client.post("/profile/", typed)
    user.refresh_from_db()
    assert (("weekly_mail" in form.fields, "nightly_mail" in form.fields), user.nightly_mail) == (
        asked,
        False,
    )
