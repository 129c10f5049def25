"""Somebody leaves: what is said before, and what becomes of their leads."""

import pytest
from django.test import Client

from funnel.enums import Stage
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.funnel.pools import make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN)
    client.force_login(user)
    return user


def owned(user: User, stage: Stage) -> Lead:
    journey = make_journey(stage)
    Lead.objects.filter(pk=journey.lead_id).update(owner=user)
    return journey.lead


def owner_of(lead: Lead) -> User | None:
    return Lead.objects.get(pk=lead.pk).owner


def leave(client: Client, user: User, successor: User | None = None):
    return client.post(
        f"/settings/people/{user.pk}/leaving/", {"successor": successor.pk if successor else ""}
    )


def test_what_is_open_is_said_before(client: Client, admin: User):
    rep = make_user(role=Role.SDR)
    for stage in (Stage.MQL, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.ENGAGED):
        owned(rep, stage)
    assert client.get(f"/settings/people/{rep.pk}/leaving/").context["work"] == {
        "sdr": 2,
        "ae": 2,
        "early": 1,
    }


def test_leads_go_to_the_named_person(client: Client, admin: User):
    rep, heir, other = (make_user(role=Role.SDR) for _ in range(3))
    make_pool(rep, other)
    lead = owned(rep, Stage.MQL)
    leave(client, rep, heir)
    rep.refresh_from_db()
    assert (rep.is_active, owner_of(lead)) == (False, heir)


def test_what_the_named_person_may_not_work_goes_to_the_pool(client: Client, admin: User):
    rep, heir, other = (make_user(role=Role.SDR) for _ in range(3))
    ae = make_user(role=Role.AE)
    make_pool(rep, other)
    make_pool(ae, role="ae")
    lead = owned(rep, Stage.SQL)
    leave(client, rep, heir)
    assert owner_of(lead) == ae


def test_without_a_name_the_pool_decides(client: Client, admin: User):
    rep, other = make_user(role=Role.SDR), make_user(role=Role.SDR)
    make_pool(rep, other)
    lead = owned(rep, Stage.MQL)
    leave(client, rep)
    assert owner_of(lead) == other


def test_the_last_administrator_does_not_leave(client: Client, admin: User):
    answer = leave(client, admin)
    admin.refresh_from_db()
    assert (answer.status_code, admin.is_active) == (422, True)


def test_who_has_left_does_not_leave_again(client: Client, admin: User):
    assert leave(client, make_user(is_active=False)).status_code == 404
