"""Feedback: every number is recounted in Python, opens its leads, and a drift in the data is hinted at."""

import csv
import io
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from funnel.enums import Reason, Stage, Status
from funnel.models import Assignment, Journey
from funnel.rules.periods import EVER
from leads.models import Lead, Persona, Submission
from sla.enums import DisputeKind, DisputeState, Feature, Verdict
from sla.models import Dispute
from sla.selectors.feedback import FeedbackFilter, drift, drift_and_rows, passages, rows_by
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.leads.factories import make_company, make_form, make_lead
from tests.sla.numbers import listed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def passage(status: str = Status.RECYCLED, stage: str = Stage.MQL, reason: str = "", **said: Any) -> Journey:
    """A lead handed over an hour ago; ``lead``: its fields."""
    lead = bare_lead(**said.pop("lead", {}))
    return make_journey(
        stage, status, lead=lead, reason=reason, entered_at=timezone.now() - 12 * DAY / 24, **said
    )


def directors(count: int, returned: int, **lead: Any) -> None:
    """Directors of small companies, some of whom came back."""
    small = make_company(employees=90)
    for number in range(count):
        back = number < returned
        fields = {"seniority": "director", "company": small, **lead}
        passage(
            Status.RECYCLED if back else Status.ACTIVE,
            Stage.MQL if back else Stage.SQL,
            Reason.NO_AUTHORITY if back else "",
            lead=fields,
        )


def others(count: int, returned: int) -> None:
    large = make_company(employees=5000)
    for number in range(count):
        back = number < returned
        passage(
            Status.RECYCLED if back else Status.ACTIVE,
            Stage.MQL if back else Stage.SQL,
            lead={"seniority": "chief", "company": large},
        )


def verdicts(**facts: Any) -> Counter[str]:
    found = passages(FeedbackFilter(EVER, **facts))
    return Counter(journey.verdict for journey in found)  # type: ignore[attr-defined]  # annotated


@pytest.mark.parametrize(
    ("status", "stage", "reason", "verdict"),
    [
        (Status.ACTIVE, Stage.MQL, "", Verdict.UNDECIDED),
        (Status.POSTPONED, Stage.MQL, Reason.TIMING, Verdict.UNDECIDED),
        (Status.RECYCLED, Stage.MQL, Reason.NO_BUDGET, Verdict.RETURNED),
        (Status.DISQUALIFIED, Stage.MQL, Reason.SPAM, Verdict.RETURNED),
        (Status.RECYCLED, Stage.SQL, Reason.NO_NEED, Verdict.RETURNED),
        (Status.RECYCLED, Stage.MQL, Reason.NOT_DECIDED, Verdict.UNDECIDED),
        (Status.DISQUALIFIED, Stage.MQL, Reason.DUPLICATE, Verdict.UNDECIDED),
        (Status.ACTIVE, Stage.SQL, "", Verdict.ACCEPTED),
        (Status.WON, Stage.CUSTOMER, "", Verdict.ACCEPTED),
        (Status.LOST, Stage.OPPORTUNITY, Reason.PRICE, Verdict.LOST),
    ],
)
def test_what_counts_as_what(status: str, stage: str, reason: str, verdict: str) -> None:
    passage(status, stage, reason)
    assert verdicts() == {verdict: 1}


def test_who_never_came_to_sales_is_not_judged() -> None:
    passage(Status.DISQUALIFIED, Stage.TARGET, Reason.SPAM)
    assert verdicts() == {}


def test_what_an_export_told_is_left_out() -> None:
    passage(imported_at=timezone.now() + DAY)
    assert verdicts() == {}


def dispute(journey: Journey, kind: str, state: str = DisputeState.UPHELD) -> None:
    by, at = make_user(role=Role.ADMIN), timezone.now()
    decided = {} if state == DisputeState.OPEN else {"decided_by": by, "decided_at": at, "decision": "So"}
    Dispute.objects.create(
        journey=journey, kind=kind, state=state, reason="x", raised_by=by, raised_at=at, **decided
    )


def test_the_mediator_s_word_counts() -> None:
    dispute(passage(reason=Reason.UNREACHABLE), DisputeKind.UNFAIR_RETURN)
    dispute(passage(Status.ACTIVE), DisputeKind.NO_MQL)
    dispute(passage(reason=Reason.UNREACHABLE), DisputeKind.UNFAIR_RETURN, DisputeState.REFUSED)
    dispute(passage(Status.ACTIVE), DisputeKind.NO_MQL, DisputeState.OPEN)
    assert verdicts() == {Verdict.RETURNED: 2, Verdict.UNDECIDED: 2}


def test_drift_in_the_data_is_told_with_its_counts() -> None:
    directors(40, 18)
    others(60, 9)
    [hint] = drift(EVER)
    group = hint.group
    assert group.facts == (("seniority", "director"), ("size", "small"))
    assert (group.n, group.returned, hint.others, hint.others_returned) == (40, 18, 60, 9)


@pytest.mark.parametrize("by", list(Feature))
def test_one_pass_finds_what_two_would(by: Feature) -> None:
    directors(40, 18, country="ES")
    others(60, 9)
    passage(Status.ACTIVE), passage(Status.LOST, Stage.OPPORTUNITY, Reason.PRICE, source="ads")
    assert drift_and_rows(by, EVER) == (drift(EVER), rows_by(by, EVER))


def test_without_drift_nothing_is_told() -> None:
    directors(30, 6)
    others(60, 12)
    assert drift(EVER) == []


def recounted(feature: Feature, value: str) -> Counter[str]:
    """The rows of a feature by an independent way: lead by lead, in Python."""
    found: Counter[str] = Counter()
    for journey in Journey.objects.filter(mql_at__isnull=False).select_related("lead__company"):
        lead: Lead = journey.lead
        size = lead.company.employees or 0 if lead.company else 0
        sent = Submission.objects.filter(lead=lead, received_at__lte=journey.mql_at).order_by("received_at")
        given = Assignment.objects.filter(journey=journey).order_by("assigned_at").last()
        mine = {
            Feature.PERSONA: str(lead.persona_id or ""),
            Feature.SOURCE: journey.source,
            Feature.COUNTRY: lead.country,
            Feature.SENIORITY: lead.seniority,
            Feature.SIZE: "" if not size else "small" if size < 200 else "middle" if size < 1000 else "large",
            Feature.FORM: str(form.form_id) if (form := sent.last()) else "",
            Feature.REP: str(given.user_id) if given else "",
        }[feature]
        if mine == value:
            back = journey.status == Status.RECYCLED
            found[
                Verdict.RETURNED if back else Verdict.ACCEPTED if journey.sql_at else Verdict.UNDECIDED
            ] += 1
    return found


@pytest.fixture
def mixed() -> None:
    """Leads with every feature filled in and not."""
    persona, form, rep = Persona.objects.create(name="Plant"), make_form(), make_user(role=Role.SDR)
    directors(3, 1, persona=persona, country="ES")
    directors(2, 2)
    others(4, 1)
    passage(lead={"company": make_company(employees=300)}, source="fair", reason=Reason.NO_NEED)
    sent = passage(Status.ACTIVE, Stage.SQL, source="fair")
    early = {"form": make_form(), "payload": {}, "fingerprint": "e", "lead": sent.lead}
    Submission.objects.create(received_at=sent.entered_at - DAY, **early)
    for number, after in enumerate((timedelta(), 2 * DAY)):
        Submission.objects.create(
            form=form if not number else make_form(),
            received_at=sent.entered_at + after,
            payload={},
            fingerprint=str(number),
            lead=sent.lead,
        )
    Assignment.objects.create(journey=sent, lead=sent.lead, user=rep, assigned_at=timezone.now(), decision={})


@pytest.mark.parametrize("feature", Feature)
def test_every_row_is_what_a_count_by_hand_finds(mixed: None, feature: Feature) -> None:
    rows = rows_by(feature, EVER)
    assert {row.value: row.verdicts for row in rows} == {
        row.value: recounted(feature, row.value) for row in rows
    }
    assert sum(row.handed_over for row in rows) == Journey.objects.filter(mql_at__isnull=False).count()


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


@pytest.mark.parametrize("feature", Feature)
def test_every_number_opens_its_leads(marketer: Client, mixed: None, feature: Feature) -> None:
    tables = marketer.get(f"/feedback/?by={feature.value}").context["tables"]
    cells = [cell for table in tables for row in table.rows for cell in row.cells if cell.url]
    counted = [cell.value for cell in cells]
    opened = listed(marketer, [cell.url for cell in cells])
    assert counted == [opened[cell.url] for cell in cells] != []


def test_a_hint_is_a_sentence_that_opens_its_leads(marketer: Client) -> None:
    persona = Persona.objects.create(name="Plant director")
    directors(40, 18, persona=persona, seniority="", company=None)
    others(60, 9)
    page = marketer.get("/feedback/")
    [hint] = [one for one in page.context["hints"] if one["persona"]]
    assert hint["sentence"] == (
        "18 of 40 leads of the group “Buyer persona: Plant director” were returned, of the others 9 of 60:"
        " 3.0 times as often."
    )
    assert marketer.get(hint["url"]).context["page"].paginator.count == 40
    assert f"/personas/{persona.pk}/edit/" in page.content.decode()


def test_a_hint_in_spanish(marketer: Client) -> None:
    directors(40, 18)
    others(60, 9)
    marketer.cookies["django_language"] = "es"
    [hint] = marketer.get("/feedback/").context["hints"]
    assert "de los demás 9 de 60: 3,0 veces más a menudo" in hint["sentence"]
    translation.activate("en")


def test_the_file_holds_what_the_table_shows(marketer: Client, mixed: None) -> None:
    text = marketer.get("/feedback/returned.csv?by=seniority").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:2] == ["Level", "Not the decision-maker"]
    assert ["Director", "3", "0", "0"] in rows


@pytest.mark.parametrize(("by", "says"), [("rep", True), ("source", False)])
def test_whose_a_lead_is_counted_is_said(marketer: Client, mixed: None, by: str, says: bool) -> None:
    assert (b"had them last" in marketer.get(f"/feedback/?by={by}").content) is says


def test_a_period_bounds_the_leads(marketer: Client) -> None:
    passage()
    tomorrow = (timezone.localdate() + DAY).isoformat()
    assert marketer.get(f"/feedback/?first={tomorrow}").context["tables"][0].rows == []


def test_a_manager_reads_no_names_of_other_teams(client: Client) -> None:
    boss = make_user(role=Role.MANAGER)
    rep = make_user(role=Role.SDR, reports_to=boss)
    passage(lead={"owner": rep, "first_name": "Seen"})
    passage(lead={"owner": make_user(role=Role.SDR), "first_name": "Hidden"})
    client.force_login(boss)
    text = client.get("/feedback/leads/").content.decode()
    assert ("Seen" in text, "Hidden" in text) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_costs_the_same_for_any_number(marketer: Client, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        passage(lead={"persona": Persona.objects.create(name=f"P{number}")})
    with django_assert_num_queries(5):
        marketer.get("/feedback/")
    with django_assert_num_queries(4):
        marketer.get("/feedback/leads/")


@pytest.mark.parametrize(
    ("asked", "number", "shown"),
    [("", 1, 25), ("1", 1, 25), ("2", 2, 3), ("9", 2, 3), ("0", 1, 25), ("x", 1, 25), ("9" * 30, 1, 25)],
)
def test_the_leads_go_on_page_by_page(marketer: Client, asked: str, number: int, shown: int) -> None:
    made = [passage().pk for _ in range(28)]
    page = marketer.get(f"/feedback/leads/?page={asked}").context["page"]
    assert (page.number, page.paginator.count, page.paginator.num_pages) == (number, 28, 2)
    latest_first = sorted(made, reverse=True)
    assert [row.pk for row in page] == (latest_first[:25] if number == 1 else latest_first[25:])
    assert len(page.object_list) == shown


def test_nobody_is_a_page_without_leads(marketer: Client) -> None:
    page = marketer.get("/feedback/leads/?verdict=lost&page=3").context["page"]
    assert (page.number, page.paginator.count, list(page)) == (1, 0, [])


def test_what_was_handed_over_counts_after_a_merge_as_before() -> None:
    journey = passage(sql_at=timezone.now())
    before = verdicts()
    Lead.objects.filter(pk=journey.lead_id).update(merged_into=make_lead())
    assert verdicts() == before != {}


def test_reps_do_not_read_it(client: Client) -> None:
    user: User = make_user(role=Role.SDR)
    client.force_login(user)
    assert client.get("/feedback/").status_code == 403
