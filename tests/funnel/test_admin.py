"""What the admin shows, and what it does not let anybody write."""

import pytest
from django.test import Client

from funnel.models import RoutingMember
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import Crew, entered_lead, make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(Role.ADMIN))
    return client


@pytest.mark.parametrize("model", ["routingrule", "journey", "opportunity"])
def test_lists_open(admin: Client, model: str) -> None:
    Crew().journey_at("opportunity")
    assert admin.get(f"/admin/funnel/{model}/").status_code == 200


@pytest.mark.parametrize("action", ["change", "delete"])
def test_nobody_writes_a_journey_past_the_service(admin: Client, action: str) -> None:
    journey = Crew().journey_at("mql")
    answer = admin.post(f"/admin/funnel/journey/{journey.pk}/{action}/", {"stage": "customer", "post": "yes"})
    journey.refresh_from_db()
    assert (answer.status_code, journey.stage) == (403, "mql")


def test_a_journey_is_shown_with_its_history(admin: Client) -> None:
    journey = Crew().journey_at("sql")
    assert admin.get(f"/admin/funnel/journey/{journey.pk}/change/").status_code == 200


def test_a_member_added_in_the_admin_starts_at_the_level_of_the_pool(admin: Client) -> None:
    rule = make_pool(make_user(Role.SDR))
    for _ in range(4):
        entered_lead(reached="mql")
    old, newcomer = rule.members.get(), make_user(Role.SDR)
    form = {
        "name": rule.name,
        "role": "sdr",
        "position": 1,
        "is_active": "on",
        "members-TOTAL_FORMS": 2,
        "members-INITIAL_FORMS": 1,
        "members-0-id": old.pk,
        "members-0-rule": rule.pk,
        "members-0-user": old.user_id,
        "members-0-weight": 1,
        "members-0-is_active": "on",
        "members-1-rule": rule.pk,
        "members-1-user": newcomer.pk,
        "members-1-weight": 2,
        "members-1-is_active": "on",
    }
    answer = admin.post(f"/admin/funnel/routingrule/{rule.pk}/change/", form)
    assert (answer.status_code, RoutingMember.objects.get(user=newcomer).calibration) == (302, 8)
