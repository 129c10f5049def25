"""Labels that were set for many leads are taken back, lead by lead."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from funnel.models import BulkBefore, BulkJob, Journey
from funnel.services.bulk_jobs import run_job, start_job
from funnel.services.labelling import set_campaign
from leads.enums import ScoreCause
from leads.models import Campaign, Lead, Persona
from leads.services.scoring import rescore_lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.leads.factories import live_rule_set, make_campaign

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clara(client: Client) -> User:
    clara = make_user(role=Role.MARKETER)
    client.force_login(clara)
    return clara


def labelled(
    actor: User, action: str, *journeys: Journey, age: timedelta = timedelta(), **params: int
) -> BulkJob:
    at, ids = timezone.now() - age, [journey.pk for journey in journeys]
    job = start_job(actor=actor, action=action, params=params, journey_ids=ids, at=at)
    return run_job(job_id=job.pk, at=at, rows=len(ids))


def taken_back(client: Client, job: BulkJob) -> BulkJob:
    answer = client.post(f"/leads/bulk/{job.pk}/take-back/")
    return BulkJob.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])


def campaigns(*journeys: Journey) -> list[tuple[Campaign | None, Campaign | None]]:
    rows = Journey.objects.select_related("campaign", "lead__campaign").in_bulk([j.pk for j in journeys])
    return [(rows[j.pk].lead.campaign, rows[j.pk].campaign) for j in journeys]


def test_every_lead_has_the_campaign_that_it_had(client: Client, clara: User) -> None:
    spring, fair = make_campaign(), make_campaign()
    apart = make_journey(lead=bare_lead(campaign=spring), campaign=None)
    bare, has = make_journey(), make_journey(lead=bare_lead(campaign=fair), campaign=fair)
    job = labelled(clara, "campaign", apart, bare, has, campaign_id=fair.pk)
    undo = taken_back(client, job)
    assert campaigns(apart, bare, has) == [(spring, None), (None, None), (fair, fair)]
    assert (undo.total, undo.succeeded) == (2, 2)


def test_what_somebody_changed_since_stays_and_is_listed(client: Client, clara: User) -> None:
    fair, other = make_campaign(), make_campaign()
    one, two = make_journey(), make_journey()
    job = labelled(clara, "campaign", one, two, campaign_id=fair.pk)
    set_campaign(journey_id=two.pk, campaign_id=other.pk, actor=clara, at=NOON)
    undo = taken_back(client, job)
    assert campaigns(one, two) == [(None, None), (other, other)]
    assert [(row["lead"], str(row["why"])) for row in undo.told] == [(two.lead_id, "It was changed since.")]


def test_a_persona_that_the_rules_chose_is_the_rules_again(client: Client, clara: User) -> None:
    spaniards = [{"field": "country", "operator": "eq", "value": "ES"}]
    by_rules = Persona.objects.create(name="Spaniards", criteria=spaniards)
    earlier, chosen = Persona.objects.create(name="Earlier"), Persona.objects.create(name="Chosen")
    live_rule_set(at=NOON)
    ruled, fixed = make_journey(lead=bare_lead(country="ES")), make_journey()
    rescore_lead(lead_id=ruled.lead_id, at=NOON, cause=ScoreCause.EDITED)
    Lead.objects.filter(pk=fixed.lead_id).update(persona=earlier, persona_fixed=True)
    taken_back(client, labelled(clara, "persona", ruled, fixed, persona_id=chosen.pk))
    now = Lead.objects.values_list("persona", "persona_fixed")
    assert [now.get(pk=j.lead_id) for j in (ruled, fixed)] == [(by_rules.pk, False), (earlier.pk, True)]


def test_a_campaign_that_is_gone_by_then_leaves_none(client: Client, clara: User) -> None:
    gone = make_campaign()
    journey = make_journey(lead=bare_lead(campaign=gone), campaign=gone)
    job = labelled(clara, "campaign", journey, campaign_id=make_campaign().pk)
    gone.delete()
    taken_back(client, job)
    assert campaigns(journey) == [(None, None)]


def test_twice_is_once(client: Client, clara: User) -> None:
    job = labelled(clara, "campaign", make_journey(), campaign_id=make_campaign().pk)
    assert taken_back(client, job) == taken_back(client, job)


@pytest.mark.parametrize(("age", "offered"), [(DAY - timedelta(minutes=1), True), (DAY, False)])
def test_it_is_offered_for_a_day(client: Client, clara: User, age: timedelta, offered: bool) -> None:
    job = labelled(clara, "campaign", make_journey(), age=age, campaign_id=make_campaign().pk)
    assert (b"Take it back" in client.get(f"/leads/bulk/{job.pk}/").content) is offered
    client.post(f"/leads/bulk/{job.pk}/take-back/")
    assert BulkJob.objects.filter(action="take_back").exists() is offered


def test_once_taken_back_it_is_said(client: Client, clara: User) -> None:
    job = labelled(clara, "campaign", make_journey(), campaign_id=make_campaign().pk)
    undo = taken_back(client, job)
    page = client.get(f"/leads/bulk/{job.pk}/").content.decode()
    assert ("Take it back" in page, f'href="/leads/bulk/{undo.pk}/"' in page) == (False, True)
    assert "Take it back" not in client.get(f"/leads/bulk/{undo.pk}/").content.decode()


def test_nobody_takes_back_another_s_job(client: Client, clara: User) -> None:
    job = labelled(make_user(role=Role.MARKETER), "campaign", make_journey(), campaign_id=make_campaign().pk)
    assert client.post(f"/leads/bulk/{job.pk}/take-back/").status_code == 404


def test_a_move_is_not_taken_back_like_this(client: Client, clara: User) -> None:
    job = labelled(clara, "disqualify", make_journey("engaged"), reason="spam")
    client.post(f"/leads/bulk/{job.pk}/take-back/")
    assert (job.succeeded, BulkJob.objects.count()) == (1, 1)


def test_what_was_found_is_forgotten_after_a_day(clara: User) -> None:
    labelled(clara, "campaign", make_journey(), age=DAY, campaign_id=make_campaign().pk)
    labelled(clara, "campaign", make_journey(), campaign_id=make_campaign().pk)
    assert BulkBefore.objects.count() == 1
