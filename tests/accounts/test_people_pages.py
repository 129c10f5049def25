"""People, teams and absences in the settings pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, ConfigChange, Team, User

from .factories import make_team, make_user

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https?://[^/]+(/invitation/[^\s<\"]+/)")


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN)
    client.force_login(user)
    return user


def filled(user: User | None = None, **fields: Any) -> dict[str, Any]:
    values = {
        "first_name": user.first_name if user else "Ana",
        "last_name": user.last_name if user else "Gil",
        "email": user.email if user else "ana@example.com",
        "role": user.role if user else Role.SDR,
        "language": "es",
        "time_zone": "Europe/Madrid",
        "reports_to": (user.reports_to_id if user else "") or "",
        **fields,
    }
    return {name: value for name, value in values.items() if value is not None}


class TestInviting:
    def test_a_newcomer_begins_with_the_language_and_zone_of_who_invites(self, client: Client, admin: User):
        User.objects.filter(pk=admin.pk).update(language="es", time_zone="Europe/Madrid")
        form = client.get("/settings/people/new/").context["form"]
        assert [form[name].value() for name in ("language", "time_zone")] == ["es", "Europe/Madrid"]

    def test_without_a_mail_server_the_link_is_shown_once(self, client: Client, admin: User):
        answer = client.post("/settings/people/new/", filled())
        assert answer.status_code == 200
        assert LINK.search(answer.content.decode()) is not None
        user = User.objects.get(email="ana@example.com")
        again = client.get(f"/settings/people/{user.pk}/").content.decode()
        assert (LINK.search(again), user.has_usable_password(), mail.outbox) == (None, False, [])

    @override_settings(EMAIL_URL="smtp://mail.example")
    def test_with_one_the_link_is_mailed_and_not_shown(self, client: Client, admin: User):
        answer = client.post("/settings/people/new/", filled())
        (letter,) = mail.outbox
        assert (letter.to, letter.subject) == (["ana@example.com"], "Su acceso a Smarketing")
        assert LINK.search(letter.body) is not None
        assert LINK.search(answer.content.decode()) is None

    @override_settings(EMAIL_URL="smtp://x", EMAIL_BACKEND="tests.accounts.test_people_pages.BrokenServer")
    def test_when_mailing_fails_the_link_is_shown(self, client: Client, admin: User):
        answer = client.post("/settings/people/new/", filled())
        assert LINK.search(answer.content.decode()) is not None

    def test_the_link_lets_choose_a_password_once(self, client: Client, admin: User):
        found = LINK.search(client.post("/settings/people/new/", filled()).content.decode())
        assert found is not None
        guest = Client()
        page = guest.get(found[1], follow=True)
        chosen = {"new_password1": "correct-horse-9", "new_password2": "correct-horse-9"}
        guest.post(page.request["PATH_INFO"], chosen)
        assert guest.login(username="ana@example.com", password="correct-horse-9")
        assert "too old" in Client().get(found[1], follow=True).content.decode()

    def test_the_password_chosen_is_told_without_it(self, client: Client, admin: User):
        found = LINK.search(client.post("/settings/people/new/", filled()).content.decode())
        guest = Client()
        page = guest.get(found[1], follow=True)  # type: ignore[index]
        guest.post(
            page.request["PATH_INFO"],
            {"new_password1": "correct-horse-9", "new_password2": "correct-horse-9"},
        )
        change = ConfigChange.objects.first()
        assert (change.actor.email, change.changes) == (  # type: ignore[union-attr]
            "ana@example.com",
            [{"field": "password", "secret": True}],
        )

    def test_an_address_that_is_taken_is_refused(self, client: Client, admin: User):
        make_user(email="ana@example.com")
        answer = client.post("/settings/people/new/", filled(email="ANA@example.com"))
        assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"email"})

    def test_who_has_left_is_not_invited(self, client: Client, admin: User):
        user = make_user(is_active=False)
        assert client.post(f"/settings/people/{user.pk}/invite/").status_code == 404


class BrokenServer:
    def __init__(self, **options: Any) -> None:
        pass

    def send_messages(self, messages: list[Any]) -> int:
        raise ConnectionRefusedError


class TestChanging:
    def test_a_person_is_changed(self, client: Client, admin: User):
        user, team = make_user(role=Role.SDR), make_team()
        answer = client.post(f"/settings/people/{user.pk}/", filled(user, role=Role.AE, team=team.pk))
        user.refresh_from_db()
        assert (answer.status_code, user.role, user.team) == (302, Role.AE, team)

    def test_a_cycle_is_told_at_the_field(self, client: Client, admin: User):
        boss = make_user(role=Role.MANAGER)
        rep = make_user(role=Role.SDR, reports_to=boss)
        answer = client.post(f"/settings/people/{boss.pk}/", filled(boss, reports_to=rep.pk))
        boss.refresh_from_db()
        assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"reports_to"})
        assert boss.reports_to is None

    def test_a_refused_change_changes_nothing_else(self, client: Client, admin: User):
        boss = make_user(role=Role.MANAGER, first_name="Old")
        rep = make_user(role=Role.SDR, reports_to=boss)
        client.post(f"/settings/people/{boss.pk}/", filled(boss, reports_to=rep.pk, first_name="New"))
        boss.refresh_from_db()
        assert (boss.first_name, ConfigChange.objects.count()) == ("Old", 0)

    def test_the_last_administrator_keeps_the_role(self, client: Client, admin: User):
        answer = client.post(f"/settings/people/{admin.pk}/", filled(admin, role=Role.MANAGER))
        admin.refresh_from_db()
        assert (answer.status_code, admin.role, admin.is_staff) == (422, Role.ADMIN, True)

    @pytest.mark.parametrize(
        ("before", "after", "staff"), [(Role.SDR, Role.ADMIN, True), (Role.ADMIN, Role.SDR, False)]
    )
    def test_django_pages_open_with_the_role(
        self, client: Client, admin: User, before: Role, after: Role, staff: bool
    ):
        user = make_user(role=before)
        client.post(f"/settings/people/{user.pk}/", filled(user, role=after))
        user.refresh_from_db()
        assert (user.is_staff, user.is_superuser) == (staff, staff)

    def test_who_came_back_may_sign_in(self, client: Client, admin: User):
        user = make_user(is_active=False)
        client.post(f"/settings/people/{user.pk}/return/")
        user.refresh_from_db()
        assert user.is_active is True


class TestManagers:
    @pytest.fixture
    def manager(self, client: Client) -> User:
        user = make_user(role=Role.MANAGER)
        client.force_login(user)
        return user

    def test_a_manager_sees_who_stands_below(self, client: Client, manager: User):
        mine = make_user(role=Role.SDR, reports_to=manager)
        make_user(role=Role.SDR)
        assert list(client.get("/settings/people/").context["page"].object_list) == [mine]

    @pytest.mark.parametrize("mine", [True, False])
    def test_a_manager_opens_only_their_own(self, client: Client, manager: User, mine: bool):
        user = make_user(role=Role.SDR, reports_to=manager if mine else None)
        assert client.get(f"/settings/people/{user.pk}/").status_code == (200 if mine else 404)

    def test_a_manager_changes_nobody(self, client: Client, manager: User):
        user = make_user(role=Role.SDR, reports_to=manager)
        client.post(f"/settings/people/{user.pk}/", filled(user, role=Role.ADMIN))
        user.refresh_from_db()
        assert user.role == Role.SDR

    @pytest.mark.parametrize(("mine", "planned"), [(True, 1), (False, 0)])
    def test_a_manager_plans_absences_of_their_own(
        self, client: Client, manager: User, mine: bool, planned: int
    ):
        user = make_user(role=Role.SDR, reports_to=manager if mine else None)
        client.post(f"/settings/people/{user.pk}/absences/", {"first": "2026-08-03", "last": "2026-08-14"})
        assert Absence.objects.count() == planned

    def test_a_manager_removes_no_other_absence(self, client: Client, manager: User):
        now = timezone.now()
        absence = Absence.objects.create(user=make_user(), starts_at=now, ends_at=now + timedelta(days=1))
        assert client.post(f"/settings/absences/{absence.pk}/remove/").status_code == 404


class TestAbsences:
    def test_days_are_the_absent_persons_own(self, client: Client, admin: User):
        user = make_user(time_zone="Europe/Madrid")
        client.post(f"/settings/people/{user.pk}/absences/", {"first": "2026-08-03", "last": "2026-08-14"})
        absence = Absence.objects.get()
        assert absence.starts_at == datetime(2026, 8, 2, 22, tzinfo=UTC)
        assert absence.ends_at == datetime(2026, 8, 14, 22, tzinfo=UTC)

    def test_the_last_day_comes_after_the_first(self, client: Client, admin: User):
        user = make_user()
        answer = client.post(
            f"/settings/people/{user.pk}/absences/", {"first": "2026-08-14", "last": "2026-08-03"}
        )
        assert (answer.status_code, answer.context["absence_form"].errors.keys()) == (422, {"last"})

    def test_one_is_removed_and_told(self, client: Client, admin: User):
        now = timezone.now()
        absence = Absence.objects.create(user=make_user(), starts_at=now, ends_at=now + timedelta(days=1))
        client.post(f"/settings/absences/{absence.pk}/remove/")
        assert (Absence.objects.count(), ConfigChange.objects.get().action) == (0, "deleted")


class TestTeams:
    def test_a_team_is_made(self, client: Client, admin: User):
        client.post("/settings/teams/", {"name": "Sales", "side": "sales"})
        assert Team.objects.values_list("name", "side").get() == ("Sales", "sales")

    def test_a_team_within_itself_is_refused(self, client: Client, admin: User):
        outer = make_team()
        inner = make_team(parent=outer)
        data = {"name": outer.name, "side": outer.side, "parent": inner.pk}
        answer = client.post(f"/settings/teams/{outer.pk}/", data)
        assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"parent"})

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_list_costs_the_same_at_any_length(
        self, client: Client, admin: User, rows: int, django_assert_num_queries
    ):
        for _ in range(rows):
            make_user(team=make_team(parent=make_team()))
        client.get("/settings/teams/")
        with django_assert_num_queries(4):  # session, person, teams, teams to choose
            client.get("/settings/teams/")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "cost"), [("", 4), ("line/", 3)])
def test_lists_cost_the_same_at_any_length(
    client: Client, admin: User, rows: int, path: str, cost: int, django_assert_num_queries
):
    for _ in range(rows):
        make_user(team=make_team(), reports_to=make_user())
    client.get(f"/settings/people/{path}")
    with django_assert_num_queries(cost):
        client.get(f"/settings/people/{path}")


def test_the_line_is_a_tree(client: Client, admin: User):
    boss = make_user(role=Role.MANAGER)
    rep = make_user(role=Role.SDR, reports_to=boss)
    roots = client.get("/settings/people/line/").context["roots"]
    (post,) = (post for post in roots if post.person == boss)
    assert [report.person for report in post.reports] == [rep]


def test_a_circle_in_the_data_is_still_shown(client: Client, admin: User):
    one, other = make_user(), make_user()
    User.objects.filter(pk=one.pk).update(reports_to=other)
    User.objects.filter(pk=other.pk).update(reports_to=one)
    roots = client.get("/settings/people/line/").context["roots"]
    assert {post.person for post in roots} == {admin, one, other}
