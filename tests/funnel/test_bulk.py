"""One decision for many leads."""

from typing import Any

import pytest
from django.test import Client

from funnel.enums import BulkAction, Reason, Stage, Status
from funnel.errors import InvalidMove, NotAllowed
from funnel.models import BulkJob, Journey
from funnel.services import bulk_jobs
from funnel.services.bulk_jobs import actions_open_to, run_job, start_job
from funnel.services.moving import move_journey
from funnel.tasks import run_bulk_jobs
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_user(role=Role.MANAGER)


@pytest.fixture
def manager(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def owned(boss: User, stage: str = Stage.MQL, **fields: Any) -> Journey:
    rep = make_user(role=Role.SDR, reports_to=boss)
    return make_journey(stage, lead=bare_lead(owner=rep), **fields)


def post(client: Client, *journeys: Journey, **body: str) -> Any:
    data = {"action": "recycle", "journey": [journey.pk for journey in journeys], **body}
    return client.post("/leads/bulk/", data)


def state(journey: Journey) -> str:
    journey.refresh_from_db()
    return journey.status


def test_it_asks_first_and_says_how_many(manager: Client, boss: User) -> None:
    journeys = [owned(boss), owned(boss)]
    page = post(manager, *journeys)
    assert (page.context["count"], [state(journey) for journey in journeys]) == (2, ["active", "active"])


def test_confirmed_it_is_done_for_each(manager: Client, boss: User) -> None:
    journeys = [owned(boss), owned(boss)]
    post(manager, *journeys, confirmed="1", reason=Reason.NO_BUDGET)
    job = BulkJob.objects.get()
    assert ([state(j) for j in journeys], job.failures, job.succeeded) == (["recycled", "recycled"], [], 2)


def test_a_row_that_cannot_be_done_is_told_and_stops_none(manager: Client, boss: User) -> None:
    good, bad = owned(boss), owned(boss, Stage.OPPORTUNITY)
    answer = post(manager, good, bad, confirmed="1", reason=Reason.NO_BUDGET)
    job = manager.get(answer.headers["Location"]).context["job"]
    assert (state(good), [failure["lead"] for failure in job.failures]) == ("recycled", [bad.lead_id])


def test_a_row_that_nobody_thought_of_stops_none(
    manager: Client, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, poison = owned(boss), owned(boss)

    def move(*, journey_id: int, **given: Any) -> object:
        if journey_id == poison.pk:
            raise ZeroDivisionError
        return move_journey(journey_id=journey_id, **given)

    monkeypatch.setattr(bulk_jobs, "move_journey", move)
    post(manager, poison, good, confirmed="1", reason=Reason.NO_BUDGET)
    job = BulkJob.objects.get()
    assert (state(good), [failure["lead"] for failure in job.failures]) == ("recycled", [poison.lead_id])
    assert job.finished_at is not None


def test_leads_of_others_are_left_out(manager: Client, boss: User) -> None:
    mine, others = owned(boss), owned(make_user(role=Role.MANAGER))
    post(manager, mine, others, confirmed="1", reason=Reason.NO_BUDGET)
    assert (state(mine), state(others), BulkJob.objects.get().total) == ("recycled", "active", 1)


def test_the_scope_is_asked_again_for_each_row(boss: User) -> None:
    """A lead that somebody else got between the confirmation and its turn is not decided."""
    journey = owned(boss)
    params = {"reason": Reason.NO_BUDGET}
    job = start_job(actor=boss, action="recycle", params=params, journey_ids=[journey.pk], at=NOON)
    Lead.objects.update(owner=make_user(role=Role.SDR))
    run_job(job_id=job.pk, at=NOON, rows=10)
    job.refresh_from_db()
    assert (state(journey), [str(failure["why"]) for failure in job.told]) == (
        "active",
        ["You may not move this lead."],
    )


def test_all_of_the_list_follows_the_filter(manager: Client, boss: User) -> None:
    found, other = owned(boss, source="fair"), owned(boss, source="web")
    body = {"scope": "all", "query": "source=fair", "confirmed": "1", "reason": Reason.NO_BUDGET}
    post(manager, **body)
    assert (state(found), state(other)) == ("recycled", "active")


def test_leads_are_given_to_somebody_else(manager: Client, boss: User) -> None:
    journey, rep = owned(boss), make_user(role=Role.SDR, reports_to=boss)
    body = {"action": "reassign", "confirmed": "1", "to_user_id": str(rep.pk), "reason": "on leave"}
    post(manager, journey, **body)
    assert Lead.objects.get().owner == rep


def test_nobody_else_s_people_are_offered(manager: Client, boss: User) -> None:
    journey, stranger = owned(boss), make_user(role=Role.SDR)
    body = {"action": "reassign", "confirmed": "1", "to_user_id": str(stranger.pk), "reason": "x"}
    assert post(manager, journey, **body).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "recycle"}, "reason"),
        ({"action": "recycle", "reason": "other"}, "note"),
        ({"action": "enter"}, "note"),
    ],
)
def test_what_is_missing_is_asked_for(manager: Client, boss: User, body: dict[str, str], field: str) -> None:
    page = post(manager, owned(boss), confirmed="1", **body)
    assert (page.status_code, list(page.context["form"].errors), BulkJob.objects.count()) == (422, [field], 0)


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (Role.MARKETER, ["hand_off", "disqualify", "enter", "campaign", "persona"]),
        (Role.SDR, ["recycle", "disqualify"]),
        (
            Role.MANAGER,
            ["reassign", "route", "hand_off", "recycle", "disqualify", "enter", "campaign", "persona"],
        ),
        (Role.EXECUTIVE, []),
    ],
)
def test_what_each_role_may_decide(role: Role, actions: list[str]) -> None:
    assert [action.value for action in actions_open_to(role)] == actions


def test_executives_decide_nothing(client: Client) -> None:
    client.force_login(make_user(role=Role.EXECUTIVE))
    assert post(client, make_journey()).status_code == 403


def test_an_action_beyond_the_role_is_not_there(client: Client) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    assert post(client, make_journey(), action="reassign").status_code == 404


def test_the_services_refuse_it_too() -> None:
    with pytest.raises(NotAllowed):
        start_job(
            actor=make_user(role=Role.SDR), action=BulkAction.REASSIGN, params={}, journey_ids=[1], at=NOON
        )
    with pytest.raises(InvalidMove):
        start_job(actor=make_user(role=Role.SDR), action="recycle", params={}, journey_ids=[1], at=NOON)


def test_the_result_is_its_owners_only(manager: Client, boss: User) -> None:
    post(manager, owned(boss), confirmed="1", reason=Reason.NO_BUDGET)
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    assert client.get(f"/leads/bulk/{BulkJob.objects.get().pk}/").status_code == 404


def test_many_go_on_in_the_background(manager: Client, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.views.deciding.ROWS_IN_A_REQUEST", 2)
    journeys = [owned(boss) for _ in range(5)]
    post(manager, *journeys, confirmed="1", reason=Reason.NO_BUDGET)
    first = BulkJob.objects.get().position
    run_bulk_jobs()
    job = BulkJob.objects.get()
    assert (first, job.position, job.finished_at is not None) == (2, 5, True)
    assert {state(journey) for journey in journeys} == {Status.RECYCLED}


@pytest.mark.parametrize("body", [{}, {"journey": "x"}, {"journey": str(2**70)}, {"journey": "\x00"}])
def test_nothing_chosen_changes_nothing(manager: Client, body: dict[str, str]) -> None:
    answer = manager.post("/leads/bulk/", {"action": "recycle", **body})
    assert (answer.status_code, BulkJob.objects.count()) == (302, 0)


def test_a_sold_or_closed_lead_starts_over(client: Client) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    journey = make_journey(Stage.MQL, Status.DISQUALIFIED)
    post(client, journey, action="enter", confirmed="1", note="They called again.")
    assert Journey.objects.get(lead=journey.lead, is_current=True).number == 2


def test_starting_over_says_what_it_does_and_whom_it_leaves(client: Client) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    lost, active = make_journey(Stage.MQL, Status.DISQUALIFIED), make_journey(Stage.ENGAGED)
    customer = make_journey(Stage.CUSTOMER, Status.WON)
    asked = post(client, lost, active, customer, action="enter")
    assert "begins a new cycle" in asked.content.decode()
    post(client, lost, active, customer, action="enter", confirmed="1", note="They called again.")
    job = BulkJob.objects.get()
    assert (job.succeeded, job.unchanged) == (1, 1)
    assert [(row["lead"], str(row["why"])) for row in job.told] == [
        (customer.lead_id, "Only a lost or disqualified lead starts over; this one is: Won.")
    ]
    assert "1 is in the funnel already" in client.get(f"/leads/bulk/{job.pk}/").content.decode()


@pytest.mark.parametrize(
    ("action", "field", "more"),
    [
        ("disqualify", "reason", {}),
        ("reassign", "to_user_id", {"reason": "Holiday"}),
        ("campaign", "campaign_id", {}),
    ],
)
def test_what_was_not_chosen_is_asked_for(
    manager: Client, boss: User, action: str, field: str, more: dict[str, str]
) -> None:
    """No choice is made by leaving the form as it came."""
    journey = owned(boss)
    form = post(manager, journey, action=action).context["form"]
    assert next(iter(form.fields[field].choices))[0] == ""
    answer = post(manager, journey, action=action, confirmed="1", **{field: ""}, **more)
    assert (answer.context["form"].errors.keys(), BulkJob.objects.count()) == ({field}, 0)


def test_who_is_so_already_is_counted_apart(manager: Client, boss: User) -> None:
    active, out = owned(boss), owned(boss, status=Status.DISQUALIFIED)
    post(manager, active, out, action="disqualify", confirmed="1", reason=Reason.NO_BUDGET)
    job = BulkJob.objects.get()
    assert (state(active), job.succeeded, job.unchanged, job.failures) == ("disqualified", 1, 1, [])


def test_who_has_the_lead_already_is_counted_apart(manager: Client, boss: User) -> None:
    theirs, others = owned(boss), owned(boss)
    to = str(theirs.lead.owner_id)
    post(manager, theirs, others, action="reassign", confirmed="1", to_user_id=to, reason="Holiday")
    job = BulkJob.objects.get()
    assert (job.succeeded, job.unchanged, job.failures) == (1, 1, [])


def test_what_is_so_already_stays_so_when_another_row_of_its_batch_fails(manager: Client, boss: User) -> None:
    """Each row has a savepoint of its own."""
    out, sold, active = owned(boss, status=Status.DISQUALIFIED), owned(boss, Stage.CUSTOMER), owned(boss)
    post(manager, out, sold, active, action="disqualify", confirmed="1", reason=Reason.NO_BUDGET)
    job = BulkJob.objects.get()
    assert (job.succeeded, job.unchanged, len(job.failures)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ("es", "en", "Only a lost or disqualified lead starts over; this one is: Won."),
        ("en", "es", "Solo empieza de nuevo un prospecto perdido o descartado; este está: Ganado."),
    ],
)
def test_why_not_is_told_in_the_language_in_which_it_is_read(
    client: Client, theirs: str, ours: str, told: str
) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    client.cookies["django_language"] = theirs
    post(client, make_journey(Stage.CUSTOMER, Status.WON), action="enter", confirmed="1", note="Again")
    client.cookies["django_language"] = ours
    assert told in client.get(f"/leads/bulk/{BulkJob.objects.get().pk}/").content.decode()


def test_what_was_stored_as_a_finished_text_is_told_as_it_is(client: Client) -> None:
    actor = make_user(role=Role.MARKETER)
    client.force_login(actor)
    row = {"lead": None, "name": "", "why": "Ya no es 100% posible."}
    job = BulkJob.objects.create(
        actor=actor, action="enter", journey_ids=[1], position=1, failures=[row], started_at=NOON
    )
    assert "Ya no es 100% posible." in client.get(f"/leads/bulk/{job.pk}/").content.decode()
