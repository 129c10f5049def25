"""Campaign and persona of many leads at once, and a decision that is cancelled half way."""

from typing import Any

import pytest
from django.test import Client

from funnel.enums import Stage, Status
from funnel.models import BulkJob, Journey
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.services import rollups
from funnel.services.bulk_jobs import run_job, start_job
from funnel.services.labelling import set_campaign
from leads.enums import ScoreCause
from leads.models import Activity, Lead, Persona
from leads.services.labelling import set_persona as label_persona
from leads.services.rescoring import rescore_due
from leads.services.scoring import rescore_lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.leads.factories import live_rule_set, make_campaign

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara() -> User:
    return make_user(role=Role.MARKETER)


@pytest.fixture
def marketer(client: Client, clara: User) -> Client:
    client.force_login(clara)
    return client


def post(client: Client, action: str, *journeys: Journey, **body: Any) -> Any:
    data = {"action": action, "journey": [journey.pk for journey in journeys], **body}
    return client.post("/leads/bulk/", data)


def fresh(journey: Journey) -> Journey:
    return Journey.objects.select_related("campaign", "lead__campaign", "lead__persona").get(pk=journey.pk)


def test_a_campaign_is_set_for_all_and_who_has_it_is_counted_apart(marketer: Client) -> None:
    fair = make_campaign(name="Fair")
    one = make_journey(Stage.MQL)
    has = make_journey(lead=bare_lead(campaign=fair), campaign=fair)
    assert post(marketer, "campaign", one, has).context["count"] == 2
    post(marketer, "campaign", one, has, confirmed="1", campaign_id=str(fair.pk))
    row, job = fresh(one), BulkJob.objects.get()
    assert (row.campaign, row.lead.campaign, job.succeeded) == (fair, fair, 1)
    assert (job.unchanged, job.failures) == (1, [])
    assert "1 was so already." in marketer.get(f"/leads/bulk/{job.pk}/").content.decode()
    assert Activity.objects.get().data == {"changed": {"campaign": ["", "Fair"]}}


def test_the_campaigns_numbers_count_it_from_then_on(marketer: Client) -> None:
    before, after = make_campaign(), make_campaign()
    journey = make_journey(Stage.MQL, lead=bare_lead(campaign=before), campaign=before)
    rollups.refresh(at=NOON)
    post(marketer, "campaign", journey, confirmed="1", campaign_id=str(after.pk))
    counted = [funnel_report(filters=Filters(campaign=one.pk)).leads.count for one in (before, after)]
    rollups.refresh(at=NOON)
    counted += [funnel_report(filters=Filters(campaign=one.pk)).leads.count for one in (before, after)]
    assert counted == [0, 1, 0, 1]


def test_a_campaign_is_taken_away(marketer: Client) -> None:
    fair = make_campaign()
    journey = make_journey(lead=bare_lead(campaign=fair), campaign=fair)
    post(marketer, "campaign", journey, confirmed="1", campaign_id="0")
    assert (fresh(journey).campaign, fresh(journey).lead.campaign) == (None, None)


def test_earlier_cycles_keep_their_campaign(marketer: Client) -> None:
    lead = bare_lead()
    earlier = make_journey(Stage.MQL, Status.RECYCLED, lead=lead, is_current=False, number=1)
    make_journey(lead=lead, number=2)
    post(marketer, "campaign", earlier, confirmed="1", campaign_id=str(make_campaign().pk))
    assert (fresh(earlier).campaign, str(BulkJob.objects.get().told[0]["why"])) == (
        None,
        "This is an earlier cycle of the lead.",
    )


def test_a_persona_that_a_person_chose_stays_until_given_back(marketer: Client) -> None:
    spaniards = [{"field": "country", "operator": "eq", "value": "ES"}]
    by_rules = Persona.objects.create(name="Spaniards", criteria=spaniards)
    chosen = Persona.objects.create(name="Chosen")
    live_rule_set(at=NOON)
    journey = make_journey(lead=bare_lead(country="ES"))
    rescore_lead(lead_id=journey.lead_id, at=NOON, cause=ScoreCause.EDITED)
    found = [fresh(journey).lead.persona]
    post(marketer, "persona", journey, confirmed="1", persona_id=str(chosen.pk))
    rescore_lead(lead_id=journey.lead_id, at=NOON, cause=ScoreCause.EDITED)
    found.append(fresh(journey).lead.persona)
    Lead.objects.update(score_due_at=NOON)
    assert rescore_due(at=NOON) == 1
    found.append(fresh(journey).lead.persona)
    post(marketer, "persona", journey, confirmed="1", persona_id="0")
    found.append(fresh(journey).lead.persona)
    assert found == [by_rules, chosen, chosen, by_rules]


def test_a_lead_whose_chosen_persona_is_gone_goes_back_to_the_rules(clara: User) -> None:
    live_rule_set()
    lead = bare_lead()
    Lead.objects.filter(pk=lead.pk).update(persona=None, persona_fixed=True)
    assert label_persona(lead_id=lead.pk, persona=None, actor=clara, at=NOON) is True
    lead.refresh_from_db()
    assert lead.persona_fixed is False


@pytest.mark.parametrize("body", [{}, {"campaign_id": "x"}, {"campaign_id": "999999999"}])
def test_a_campaign_must_exist(marketer: Client, body: dict[str, str]) -> None:
    page = post(marketer, "campaign", make_journey(), confirmed="1", **body)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["campaign_id"])


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MARKETER, 302), (Role.ADMIN, 302), (Role.SDR, 404), (Role.EXECUTIVE, 403)]
)
def test_only_marketing_says_it(client: Client, role: Role, status: int) -> None:
    client.force_login(make_user(role=role))
    answer = post(client, "campaign", make_journey(), confirmed="1", campaign_id="0")
    assert answer.status_code == status


def test_a_manager_says_it_of_their_own_people_s_leads_only(clara: User) -> None:
    boss = make_user(role=Role.MANAGER)
    mine = make_journey(lead=bare_lead(owner=make_user(role=Role.SDR, reports_to=boss)))
    others = make_journey(lead=bare_lead(owner=make_user(role=Role.SDR)))
    fair = make_campaign()
    ids = [mine.pk, others.pk]
    params = {"campaign_id": fair.pk}
    job = start_job(actor=boss, action="campaign", params=params, journey_ids=ids, at=NOON)
    assert job.journey_ids == [mine.pk]
    with pytest.raises(Exception, match="You may not move this lead"):
        set_campaign(journey_id=others.pk, campaign_id=fair.pk, actor=boss, at=NOON)


# Cancelling


def start(actor: User, many: int) -> BulkJob:
    params, ids = {"campaign_id": make_campaign().pk}, [make_journey().pk for _ in range(many)]
    return start_job(actor=actor, action="campaign", params=params, journey_ids=ids, at=NOON)


def test_a_cancelled_job_decides_no_further_row(marketer: Client, clara: User) -> None:
    job = start(clara, 3)
    run_job(job_id=job.pk, at=NOON, rows=1)
    answer = marketer.post(f"/leads/bulk/{job.pk}/cancel/")
    run_job(job_id=job.pk, at=NOON, rows=10)
    job.refresh_from_db()
    assert (answer.status_code, job.position, job.is_cancelled, job.left) == (302, 1, True, 2)
    page = marketer.get(f"/leads/bulk/{job.pk}/").content
    assert (b"Cancelled: 2 leads stay as they were." in page, b"Cancel the rest" in page) == (True, False)


def test_a_running_job_offers_to_be_cancelled(marketer: Client, clara: User) -> None:
    assert b"Cancel the rest" in marketer.get(f"/leads/bulk/{start(clara, 1).pk}/").content


def test_a_finished_job_stays_finished(marketer: Client, clara: User) -> None:
    job = start(clara, 1)
    run_job(job_id=job.pk, at=NOON, rows=10)
    marketer.post(f"/leads/bulk/{job.pk}/cancel/")
    job.refresh_from_db()
    assert (job.is_cancelled, job.finished_at) == (False, NOON)


def test_nobody_cancels_another_s_job(marketer: Client) -> None:
    job = start(make_user(role=Role.MARKETER), 1)
    assert marketer.post(f"/leads/bulk/{job.pk}/cancel/").status_code == 404
    job.refresh_from_db()
    assert job.finished_at is None
