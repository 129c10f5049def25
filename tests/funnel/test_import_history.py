"""What an import writes, and what it says about rows that cannot be loaded."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from funnel.enums import Move, Stage, Status
from funnel.models import Assignment, Journey, Opportunity, StageChange
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.services import history
from funnel.services.history_files import UnusableFile
from leads.models import Campaign, Lead, ScoreChange
from sla.models import Clock, Mail, Reminder
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.funnel.exports import AT, DEALS, LEADS, load, reported, run

pytestmark = pytest.mark.django_db


def journey(external_id: str) -> Journey:
    return Journey.objects.get(lead__external_id=external_id)


def test_both_files_are_counted(tmp_path: Path) -> None:
    results = load(tmp_path)
    assert [(r.added, r.known, r.skipped, r.noted) for r in results] == [(2, 0, 0, 1), (2, 0, 0, 1)]


def test_a_lead_keeps_its_day_source_and_page(tmp_path: Path) -> None:
    load(tmp_path, deals=DEALS.splitlines()[0])
    found = journey("L1")
    assert (found.stage, found.status, found.source, found.landing_page) == ("mql", "active", "social", "p1")
    assert {found.entered_at, found.engaged_at, found.mql_at} == {datetime(2025, 1, 10, tzinfo=UTC)}
    assert (found.lead.email_key, found.lead.created_at) == ("ana@example.com", found.entered_at)


def test_a_won_deal_walks_every_stage_in_its_time(tmp_path: Path) -> None:
    load(tmp_path)
    steps = StageChange.objects.filter(journey=journey("L1")).values_list("move", "to_stage", "at", "seconds")
    entered, won = datetime(2025, 1, 10, tzinfo=UTC), datetime(2025, 2, 1, 10, tzinfo=UTC)
    waited = int((won - entered).total_seconds())
    assert list(steps) == [
        (Move.ENTER, Stage.NEW_NAME, entered, 0),
        (Move.HAND_OFF, Stage.ENGAGED, entered, 0),
        (Move.HAND_OFF, Stage.TARGET, entered, 0),
        (Move.HAND_OFF, Stage.MQL, entered, 0),
        (Move.QUALIFY, Stage.SQL, won, waited),
        (Move.CONVERT, Stage.OPPORTUNITY, won, 0),
        (Move.WIN, Stage.CUSTOMER, won, 0),
    ]


def test_a_won_journey_is_closed_with_its_money(tmp_path: Path) -> None:
    load(tmp_path)
    deal = Opportunity.objects.get(journey=journey("L1"))
    assert (deal.amount, deal.currency, deal.status) == (Decimal("1200.50"), "BRL", "won")
    assert (deal.data, deal.journey.status) == ({"company_size": "small"}, Status.WON)
    assert deal.closed_at == deal.journey.closed_at == datetime(2025, 2, 1, 10, tzinfo=UTC)


LOST = "lead,won,gone,why,sdr,ae,money\nL1,,2025-02-01,price,s,a,5\nL2,,2025-02-03,Went bust,s,,\n"


def load_lost(folder: Path, deals: str = LOST) -> list[history.FileResult]:
    (folder / "leads.csv").write_text(LEADS)
    (folder / "deals.csv").write_text(deals)
    columns = {"lead": "lead", "won_at": "won", "lost_at": "gone", "reason": "why"}
    columns |= {"sdr": "sdr", "ae": "ae", "amount": "money"}
    return run(folder, deals={"columns": columns, "data": {}})


def test_a_lost_deal_ends_as_an_opportunity_with_its_reason(tmp_path: Path) -> None:
    results = load_lost(tmp_path)
    lost, deal = datetime(2025, 2, 1, tzinfo=UTC), Opportunity.objects.get(journey=journey("L1"))
    assert (results[1].added, deal.status, deal.reason, deal.closed_at) == (2, "lost", "price", lost)
    found = journey("L1")
    assert (found.stage, found.status, found.reason, found.closed_at, found.customer_at) == (
        Stage.OPPORTUNITY,
        Status.LOST,
        "price",
        lost,
        None,
    )
    assert found.changes.order_by("id").last().move == Move.LOSE  # type: ignore[union-attr]
    assert not Assignment.objects.filter(ended_at=None).exists()


def test_a_reason_in_other_words_is_kept_beside_ours(tmp_path: Path) -> None:
    load_lost(tmp_path)
    deal = Opportunity.objects.get(journey=journey("L2"))
    assert (deal.reason, deal.data) == ("other", {"lost_reason": "Went bust"})


def test_lost_deals_stay_in_the_base_and_are_loaded_once(tmp_path: Path) -> None:
    load_lost(tmp_path)
    assert [(r.added, r.known) for r in load_lost(tmp_path)] == [(0, 2), (0, 2)]
    report = funnel_report(filters=Filters())
    assert (report.leads.count, report.won.count) == (2, 0)


@pytest.mark.parametrize("ends", [",", "2025-02-01,2025-02-02", "never,"])
def test_a_deal_is_either_won_or_lost(tmp_path: Path, ends: str) -> None:
    results = load_lost(tmp_path, f"lead,won,gone,why,sdr,ae,money\nL1,{ends},,,,\n")
    assert (results[1].added, results[1].skipped, Opportunity.objects.count()) == (0, 1, 0)


CONTACTS = {
    "columns": {
        "external_id": "id",
        "entered_at": "day",
        "stage": "how_far",
        "disqualified_at": "given_up",
        "reason": "why",
        "job_title": "title",
    }
}


def contacts(folder: Path, *rows: str) -> None:
    text = "\n".join(("id,day,how_far,given_up,why,title", *rows)) + "\n"
    (folder / "leads.csv").write_text(text)
    (folder / "deals.csv").write_text(DEALS.splitlines()[0] + "\n")
    run(folder, leads=CONTACTS)


def test_each_lead_entered_as_far_as_its_row_says(tmp_path: Path) -> None:
    contacts(tmp_path, "C1,2025-01-10,engaged,,,CEO", "C2,2025-01-11,,,,", "C3,2025-01-12,NEW_NAME,,,")
    assert [journey(name).stage for name in ("C1", "C2", "C3")] == ["engaged", "mql", "new_name"]
    assert journey("C1").lead.seniority == "chief"  # told by the job title, as of a form


def test_a_lead_that_was_given_up_leaves_the_funnel_on_its_day(tmp_path: Path) -> None:
    contacts(tmp_path, "C1,2025-01-10,mql,2025-01-20,no_budget,", "C2,2025-01-10,target,2025-01-09,bored,")
    found, odd = journey("C1"), journey("C2")
    assert (found.stage, found.status, found.reason) == ("mql", "disqualified", "no_budget")
    assert found.closed_at == datetime(2025, 1, 20, tzinfo=UTC)
    (change,) = StageChange.objects.filter(journey=found, move=Move.DISQUALIFY)
    assert (change.at, change.to_status, change.seconds) == (found.closed_at, "disqualified", 10 * 86_400)
    assert (odd.reason, odd.lead.custom) == ("other", {"lost_reason": "bored"})
    assert reported(tmp_path) == ["leads.csv:3 given_up noted"]


@pytest.mark.parametrize("row", ["C1,2025-01-10,sql,,,", "C1,2025-01-10,mql,never,,"])
def test_stages_that_sales_decides_and_bad_days_are_told(tmp_path: Path, row: str) -> None:
    contacts(tmp_path, row)
    column = "how_far" if "sql" in row else "given_up"
    assert (reported(tmp_path), Lead.objects.count()) == ([f"leads.csv:2 {column} skipped"], 0)


def test_people_are_created_once_and_cannot_sign_in(tmp_path: Path) -> None:
    load(tmp_path)
    people = User.objects.order_by("external_id").values_list("external_id", "role", "is_active")
    assert list(people) == [("ae-1", Role.AE, False), ("sdr-1", Role.SDR, False)]
    assert not User.objects.get(external_id="ae-1").has_usable_password()


def test_the_sdr_had_the_lead_until_the_ae_got_it(tmp_path: Path) -> None:
    load(tmp_path)
    found = Assignment.objects.filter(lead__external_id="L1").order_by("id")
    won = datetime(2025, 2, 1, 10, tzinfo=UTC)
    assert [(a.user.external_id, a.ended_at) for a in found if a.user] == [("sdr-1", won), ("ae-1", None)]
    assert str(journey("L1").lead.owner.external_id) == "ae-1"


def test_nobody_is_promised_or_told_anything(tmp_path: Path) -> None:
    load(tmp_path)
    assert [model.objects.count() for model in (Clock, Reminder, Mail, ScoreChange)] == [0, 0, 0, 0]


def test_the_report_knows_the_history(tmp_path: Path) -> None:
    load(tmp_path)
    report = funnel_report(filters=Filters())
    assert (report.leads.count, report.won.count, report.days_to_win.mean) == (2, 2, 22.5)


def test_a_second_run_adds_nothing(tmp_path: Path) -> None:
    load(tmp_path)
    first = (tmp_path / "report.csv").read_text()
    assert [(r.added, r.known) for r in load(tmp_path)] == [(0, 2), (0, 2)]
    assert (StageChange.objects.count(), Assignment.objects.count()) == (14, 3)
    assert (tmp_path / "report.csv").read_text() == first


def test_later_rows_of_a_grown_export_are_added(tmp_path: Path) -> None:
    load(tmp_path)
    results = load(tmp_path, leads=LEADS + "L3,2025-01-12,p1,social,\n")
    assert [(r.added, r.known) for r in results] == [(1, 2), (0, 2)]


BAD_LEADS = {
    "L9,,p,s,": "leads.csv:4 day skipped",
    "L9,12/31/2025,p,s,": "leads.csv:4 day skipped",
    "L9,2025-02-30,p,s,": "leads.csv:4 day skipped",
    "L9,2999-01-01,p,s,": "leads.csv:4 day skipped",
    "L9,0001-01-01,p,s,": "leads.csv:4 day skipped",
    ",2025-01-01,p,s,": "leads.csv:4 id skipped",
    "L9,2025-01-01,p,s,nobody": "leads.csv:4 mail skipped",
    "L9,2025-01-01,p\x00,s,": "leads.csv:4 page skipped",
    f"L9,2025-01-01,{'p' * 501},s,": "leads.csv:4 page skipped",
    "L9,2025-01-01,p": "leads.csv:4  skipped",
    "L9,2025-01-01,p,s,,more": "leads.csv:4  skipped",
    "L1,2025-01-01,p,s,": "leads.csv:4  skipped",
    "L9,2025-01-01,p,s,Ana@EXAMPLE.com": "leads.csv:4  skipped",
}


@pytest.mark.parametrize("row", BAD_LEADS)
def test_a_bad_lead_is_skipped_and_told_by_line_and_column(tmp_path: Path, row: str) -> None:
    results = load(tmp_path, leads=LEADS + row + "\n")
    assert (results[0].added, results[0].skipped, Lead.objects.count()) == (2, 1, 2)
    assert reported(tmp_path) == ["leads.csv:3 origin noted", BAD_LEADS[row], "deals.csv:3 ae noted"]


def test_a_row_tells_all_its_faults_at_once(tmp_path: Path) -> None:
    load(tmp_path, leads=LEADS + ",never,p,s,nobody\n")
    assert reported(tmp_path)[1:4] == [f"leads.csv:4 {column} skipped" for column in ("id", "day", "mail")]


BAD_DEALS = [
    "L9,s,a,2025-02-01,1,",
    "L1,s,a,2025-02-09,1,",
    "L1,s,a,,1,",
    "L1,s,a,2025-02-01,-1,",
    "L1,s,a,2025-02-01,1e99,",
]


@pytest.mark.parametrize("row", BAD_DEALS)
def test_a_bad_deal_changes_nothing(tmp_path: Path, row: str) -> None:
    load(tmp_path)
    before = list(Opportunity.objects.values())
    assert load(tmp_path, deals=DEALS + row + "\n")[1].skipped == 1
    assert list(Opportunity.objects.values()) == before


def test_a_deal_won_before_the_lead_entered_is_kept_and_noted(tmp_path: Path) -> None:
    load(tmp_path, deals="lead,sdr,ae,won,money,size\nL1,s,a,2025-01-08 12:00:00,1,\n")
    assert reported(tmp_path)[1:] == ["deals.csv:2  noted"]
    assert funnel_report(filters=Filters()).days_to_win.mean == -2


def test_a_lead_that_has_moved_on_is_not_won_by_an_old_export(tmp_path: Path) -> None:
    load(tmp_path, deals=DEALS.splitlines()[0])
    Journey.objects.filter(lead__external_id="L1").update(stage="sql", stage_since=AT.replace(hour=13))
    results = load(tmp_path)
    assert (results[1].added, results[1].skipped, journey("L1").stage) == (1, 1, "sql")


def test_formulas_in_the_report_are_inert(tmp_path: Path) -> None:
    load(tmp_path, leads=LEADS + "L9,=cmd(),p,s,\n")
    assert ",'=cmd()," in (tmp_path / "report.csv").read_text()


ENCODINGS: dict[str, Any] = {"utf-8": {}, "utf-8-sig": {}, "cp1252": {}, "utf-16": {}}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_usual_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    leads = "id,day,page,origin,mail\r\nÑ1,2025-01-10,p,Publicación,\r\n".replace(",", delimiter)
    load(tmp_path, leads=leads.encode(encoding), deals=DEALS.splitlines()[0])
    assert journey("Ñ1").source == "Publicación"


def test_other_dates_and_decimal_commas_are_read_as_mapped(tmp_path: Path) -> None:
    leads = "id,day,page,origin,mail\nL1,31/12/2024,p,s,\n"
    deals = 'lead,sdr,ae,won,money,size\nL1,s,a,2025-01-02,"1.200,50",\n'
    for name, content in (("leads.csv", leads), ("deals.csv", deals)):
        (tmp_path / name).write_text(content)
    run(tmp_path, leads={"date_format": "%d/%m/%Y"}, deals={"decimal": ","})
    assert Opportunity.objects.get().amount == Decimal("1200.50")


def test_campaigns_are_found_by_name_or_made(tmp_path: Path) -> None:
    known = Campaign.objects.create(name="Spring Fair", slug="spring-fair")
    columns = {"external_id": "id", "entered_at": "day", "campaign": "origin"}
    leads = "id,day,origin\nL1,2025-01-01,Spring Fair\nL2,2025-01-01,Autumn\n"
    (tmp_path / "leads.csv").write_text(leads)
    (tmp_path / "deals.csv").write_text(DEALS.splitlines()[0])
    run(tmp_path, leads={"columns": columns})
    assert (journey("L1").campaign, journey("L2").campaign.name) == (known, "Autumn")


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04rest", b"", b"id,day\n", b"id,id,day,page,origin,mail\n"], ids=str
)
def test_an_unusable_file_stops_before_anything_is_written(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnusableFile):
        load(tmp_path, leads=content)
    assert Lead.objects.count() == 0


def test_an_unusable_deals_file_stops_the_leads_too(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile):
        load(tmp_path, deals="nothing\n")
    assert Lead.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_imports_do_not_run_at_once(tmp_path: Path) -> None:
    import threading

    refused: list[type[Exception]] = []

    def other() -> None:
        try:
            load(tmp_path)
        except Exception as error:
            refused.append(type(error))
        connection.close()

    with history._alone():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [history.AlreadyImporting]


def test_the_command_says_what_it_did(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "leads.csv").write_text("id,day\nL1,2025-01-01\n")
    (tmp_path / "m.toml").write_text(
        '[leads]\nfile = "leads.csv"\n[leads.columns]\nexternal_id = "id"\nentered_at = "day"\n'
    )
    call_command("import_history", str(tmp_path / "m.toml"), "--report", str(tmp_path / "r.csv"))
    assert capsys.readouterr().out.splitlines() == [
        "leads.csv: 1 added, 0 already there, 0 skipped, 0 noted",
        f"Row-level report: {tmp_path / 'r.csv'}",
    ]


@pytest.mark.parametrize("text", ["[leads", "[leads]\n", "", "\ufeff"])
def test_the_command_refuses_a_bad_mapping(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(CommandError):
        call_command("import_history", str(tmp_path / "m.toml"))
