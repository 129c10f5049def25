"""What an import does to leads: as the check says it, as the run does it, and as undoing takes it back."""

from datetime import timedelta

import pytest

from funnel.enums import Stage
from funnel.models import Journey
from funnel.services.moving import move_journey
from leads.enums import ActivityKind, ImportStatus
from leads.errors import InvalidValues, NotAllowed, StaleImport
from leads.models import Activity, Company, Import, ImportMapping, ImportRow, Lead, Notification
from leads.rules import scoring as rules
from leads.rules.importing import Read, Spec
from leads.services import import_plans, import_running
from leads.services.activities import record_activity
from leads.services.import_running import run_some
from leads.services.imports import begin_undo, cancel, discard, forget_old, set_columns, start
from leads.services.leads import update_lead
from sla.models import Clock
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_company, make_lead, one_group
from tests.leads.imports import (
    FAIR,
    LATER,
    NOTHING,
    checked,
    marketer,
    outcomes,
    ran,
    reasons,
    undo,
    uploaded,
)

pytestmark = pytest.mark.django_db
PEOPLE = "email,phone,external id,first name\n"


def test_the_check_writes_no_lead() -> None:
    imported = checked(FAIR)
    assert (imported.status, imported.counts, Lead.objects.count()) == (ImportStatus.CHECKED, {"new": 1}, 0)


def test_a_new_lead_has_its_facts_company_journey_and_note() -> None:
    campaign = make_campaign(name="Fair")
    imported = ran(FAIR, source="Fair", campaign=campaign)
    lead = Lead.objects.select_related("company").get()
    assert (lead.email_key, lead.first_name, lead.last_name, lead.seniority, lead.source, lead.campaign) == (
        "ana@acme.example",
        "Ana",
        "García",
        "chief",
        "Fair",
        campaign,
    )
    assert (lead.company.domain, lead.company.name, lead.custom) == ("acme.example", "Acme", {"Size": "big"})
    journey = Journey.objects.get()
    assert (journey.stage, journey.source, journey.entered_at) == (Stage.NEW_NAME, "Fair", NOW)
    note = Activity.objects.get()
    assert (note.kind, note.is_scored, note.asset, note.actor) == ("import", False, "fair.csv", marketer())
    assert (imported.status, imported.results, imported.done) == (ImportStatus.DONE, {"new": 1}, 1)


def test_the_importer_is_told_once_at_the_end() -> None:
    imported = ran(FAIR)
    told = Notification.objects.get()
    assert (told.user, told.kind, told.name, told.url) == (
        imported.actor,
        "imported",
        "fair.csv",
        f"/imports/{imported.pk}/",
    )


def test_a_new_lead_is_scored_by_its_fit() -> None:
    fit = rules.Rule(0, "Chief", 30, condition=rules.Condition("seniority", "eq", "chief"))
    live_rule_set(groups=(rules.Group(0, "fit", "fit", 100, 0, 30, (fit,)),))
    ran(FAIR)
    assert Lead.objects.get().fit == 30


def test_the_same_file_twice_adds_nobody_whatever_people_are_known_by() -> None:
    content = PEOPLE + "a@x.example,,,A\n,+34 600 111 222,,B\n,,crm-3,C\nd@x.example,600111223,crm-4,D\n"
    first, again = ran(content), ran(content)
    assert (first.results, again.results, Lead.objects.count()) == ({"new": 4}, {"known": 4}, 4)


def test_who_is_known_by_nothing_is_not_imported() -> None:
    imported = checked(PEOPLE + ",,,Nobody\n")
    assert (outcomes(imported), reasons(imported)) == (["failed"], [(2, "")])


def test_a_known_lead_has_its_blanks_filled_and_nothing_changed() -> None:
    lead = make_lead(email="ana@acme.example", first_name="Anna", company=make_company(domain="acme.example"))
    imported = ran(FAIR)
    lead.refresh_from_db()
    assert (lead.first_name, lead.last_name, lead.job_title) == ("Anna", "García", "CEO")
    filled = ImportRow.objects.get().filled
    assert (sorted(filled["lead"]), filled["custom"]) == (
        ["company_name", "job_title", "last_name", "seniority"],
        {"Size": "big"},
    )
    assert imported.results == {"filled": 1}


def test_blanks_of_the_company_are_filled() -> None:
    company = make_company(domain="acme.example", name="", employees=None)
    make_lead(email="ana@acme.example", company=company)
    content = "email,empresa,empleados\nana@acme.example,Acme,250\n"
    ran(content)
    company.refresh_from_db()
    assert (company.name, company.employees) == ("Acme", 250)


def test_a_lead_that_was_merged_stands_for_its_survivor() -> None:
    survivor = make_lead(email="new@acme.example")
    make_lead(email="ana@acme.example", merged_into=survivor)
    ran(FAIR)
    survivor.refresh_from_db()
    assert (survivor.first_name, Lead.objects.count()) == ("Ana", 2)


def test_a_person_who_comes_twice_in_the_file_is_imported_once() -> None:
    content = "email,nombre\na@x.example,A\nb@x.example,B\nA@X.example,C\n"
    imported = ran(content)
    assert (outcomes(imported), reasons(imported)) == (["new", "new", "repeated"], [(4, "")])
    assert Lead.objects.get(email_key="a@x.example").first_name == "A"


def test_a_faulty_row_does_not_hide_a_good_one_of_the_same_person() -> None:
    imported = checked(f"email,nombre\na@x.example,{'x' * 121}\na@x.example,A\n")
    assert (outcomes(imported), reasons(imported)) == (["failed", "new"], [(2, "nombre")])


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("no address,,,", "email"),
        ("a@x.example,,many,", "empleados"),
        ("a@x.example,,,No such campaign", "campaign"),
        (f"a@x.example,{'x' * 201},,", "empresa"),
    ],
)
def test_faults_are_told_by_row_and_column(row: str, column: str) -> None:
    imported = checked(f"email,empresa,empleados,campaign\n{row}\n")
    assert reasons(imported) == [(2, column)]


def test_countries_are_codes_or_names_in_both_languages() -> None:
    names = ("ES", "España", "germany", "EE. UU.", "Atlantis")
    ran("email,país\n" + "".join(f"a{n}@x.example,{name}\n" for n, name in enumerate(names)))
    found = Lead.objects.order_by("pk").values_list("country", "custom")
    assert list(found) == [("ES", {}), ("ES", {}), ("DE", {}), ("US", {}), ("", {"country": "Atlantis"})]


def test_a_row_nobody_thought_of_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = import_plans.read_row

    def broken(cells: list[str], spec: Spec) -> Read:
        if cells[0].startswith("bad"):
            raise RuntimeError("nobody thought of this")
        return honest(cells, spec)

    monkeypatch.setattr(import_plans, "read_row", broken)
    assert outcomes(ran("email\nbad@x.example\ngood@x.example\n")) == ["failed", "new"]


def test_a_campaign_is_found_by_name_or_key() -> None:
    spring = make_campaign(name="Spring fair", slug="spring")
    ran("email,campaign\na@x.example,SPRING FAIR\nb@x.example,spring\n")
    assert set(Lead.objects.values_list("campaign", flat=True)) == {spring.pk}


def test_an_external_id_and_an_address_of_two_leads_are_a_fault() -> None:
    make_lead(email="a@x.example")
    make_lead(email="b@x.example", external_id="b")
    assert outcomes(checked(PEOPLE + "a@x.example,,b,A\n")) == ["failed"]


def test_a_lead_found_by_its_external_id_gets_the_address_and_is_known_by_it() -> None:
    lead = make_lead(email="", external_id="crm-1")
    imported = ran(PEOPLE + "a@x.example,,crm-1,A\n")
    lead.refresh_from_db()
    assert (lead.email, lead.email_key) == ("a@x.example", "a@x.example")
    undo(imported)
    lead.refresh_from_db()
    assert (lead.email, lead.email_key, lead.first_name) == ("", None, "")


def test_a_manager_does_not_reach_leads_of_another_line() -> None:
    make_lead(email="ana@acme.example", owner=make_user(role=Role.SDR))
    manager = make_user(role=Role.MANAGER)
    imported = checked(FAIR, actor=manager)
    assert outcomes(imported) == ["failed"]
    assert ImportRow.objects.get().lead is None


def test_what_happened_between_check_and_run_is_seen() -> None:
    imported = checked(FAIR)
    make_lead(email="ana@acme.example", first_name="Anna")
    start(import_id=imported.pk, version=imported.version, actor=marketer(), at=NOW)
    run_some(import_id=imported.pk, at=NOW)
    assert (outcomes(imported), Lead.objects.get().first_name) == (["filled"], "Anna")


# --- Hand-off ----------------------------------------------------------------------------------


def asking_is_enough() -> None:
    """Who asked for contact is an MQL."""
    group = one_group("intent", ActivityKind.CONTACT_REQUEST, points=50)
    live_rule_set(groups=(group,), thresholds=(rules.Threshold("mql", 0, 0, 50),))
    make_pool(make_user(role=Role.SDR))


def test_nobody_is_handed_off_unless_the_import_says_so() -> None:
    asking_is_enough()
    ran(FAIR, activity_kind="contact_request")
    lead, journey = Lead.objects.get(), Journey.objects.get()
    assert (lead.intent, lead.owner, journey.stage, Clock.objects.count()) == (50, None, Stage.TARGET, 0)


def test_what_such_a_lead_does_next_hands_it_off() -> None:
    asking_is_enough()
    ran(FAIR, activity_kind="contact_request")
    record_activity(lead=Lead.objects.get(), kind=ActivityKind.DOWNLOAD, at=LATER, source="api")
    assert Journey.objects.get().stage == Stage.MQL


def test_a_ticked_import_hands_off_who_qualifies() -> None:
    asking_is_enough()
    ran(FAIR, activity_kind="contact_request", hand_off=True)
    assert (Journey.objects.get().stage, Lead.objects.get().owner.role) == (Stage.MQL, Role.SDR)


def test_what_people_did_counts_once_for_new_and_known_leads() -> None:
    lead = make_lead(email="ana@acme.example")
    day = (NOW - timedelta(days=2)).date()
    for _again in range(2):
        ran(FAIR, activity_kind="webinar", asset="Robots", happened_on=day)
    found = Activity.objects.get(kind="webinar")
    lead.refresh_from_db()
    assert (found.occurred_at.date(), found.asset, lead.engaged_at) == (day, "Robots", found.occurred_at)


# --- Steps -------------------------------------------------------------------------------------


def test_an_import_runs_once_and_only_as_it_was_seen() -> None:
    imported = checked(FAIR)
    with pytest.raises(StaleImport):
        start(import_id=imported.pk, version=imported.version - 1, actor=marketer(), at=NOW)
    start(import_id=imported.pk, version=imported.version, actor=marketer(), at=NOW)
    with pytest.raises(StaleImport):
        start(import_id=imported.pk, version=imported.version, actor=marketer(), at=NOW)


def test_a_cancelled_import_keeps_what_it_did_and_can_be_undone() -> None:
    imported = checked("email\na@x.example\nb@x.example\nc@x.example\n")
    start(import_id=imported.pk, version=imported.version, actor=marketer(), at=NOW)
    run_some(import_id=imported.pk, at=NOW, rows=2)
    cancel(import_id=imported.pk, actor=marketer(), at=NOW)
    assert run_some(import_id=imported.pk, at=NOW) is False
    assert (Lead.objects.count(), undo(imported).undone, Lead.objects.count()) == (2, {"removed": 2}, 0)


def test_a_row_that_cannot_be_scored_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = import_running.score_lead

    def broken(**given: object) -> object:
        if given["lead"].email.startswith("bad"):  # type: ignore[attr-defined]
            raise RuntimeError("no rule for this")
        return honest(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(import_running, "score_lead", broken)
    imported = ran("email\nbad@x.example\ngood@x.example\n")
    assert (outcomes(imported), Lead.objects.get().email) == (["failed", "new"], "good@x.example")


def test_mappings_are_checked() -> None:
    imported = uploaded("email,mail 2,name\na@x.example,b@x.example,A\n")
    for columns in (["email", "email", ""], ["", "", "name"], ["email"], ["owner", "", ""]):
        with pytest.raises(InvalidValues):
            set_columns(import_id=imported.pk, columns=columns, options=NOTHING, actor=marketer(), at=NOW)


def test_a_named_mapping_is_used_for_the_next_file_with_these_columns() -> None:
    imported = uploaded("A,B\nana@x.example,Ana\n")
    options = NOTHING | {"source": "Fair"}
    set_columns(
        import_id=imported.pk,
        columns=["email", "first_name"],
        options=options,
        actor=marketer(),
        at=NOW,
        remember="Fair",
    )
    again = uploaded("b,a\nBea,bea@x.example\n")
    assert (again.columns, again.source, ImportMapping.objects.count()) == (
        ["first_name", "email"],
        "Fair",
        1,
    )


@pytest.mark.parametrize("role", [Role.SDR, Role.AE, Role.EXECUTIVE])
def test_others_do_not_import(role: Role) -> None:
    with pytest.raises(NotAllowed):
        uploaded(FAIR, actor=make_user(role=role))


def test_rows_are_deleted_after_a_month_and_what_came_of_them_stays() -> None:
    ended, waiting = ran(FAIR), uploaded(FAIR)
    assert forget_old(at=NOW + timedelta(days=29)) == 0
    assert forget_old(at=NOW + timedelta(days=31)) == 2
    ended.refresh_from_db()
    assert (ImportRow.objects.count(), ended.results, Import.objects.filter(pk=waiting.pk).exists()) == (
        0,
        {"new": 1},
        False,
    )


def test_a_file_is_thrown_away_with_its_rows() -> None:
    discard(import_id=checked(FAIR).pk, actor=marketer())
    assert Import.objects.count() == ImportRow.objects.count() == 0


# --- Undo --------------------------------------------------------------------------------------


def test_undoing_removes_new_leads_and_their_company() -> None:
    imported = undo(ran(FAIR))
    assert (imported.status, imported.undone) == (ImportStatus.UNDONE, {"removed": 1})
    assert Lead.objects.count() == Journey.objects.count() == Company.objects.count() == 0


def test_undoing_empties_what_was_filled_where_it_still_says_the_same() -> None:
    lead = make_lead(email="ana@acme.example", first_name="Anna", company=make_company(domain="acme.example"))
    imported = ran(FAIR)
    update_lead(lead_id=lead.pk, changes={"last_name": "Gil"}, actor=marketer(), at=LATER)
    imported = undo(imported, at=LATER + timedelta(hours=1))
    lead.refresh_from_db()
    assert (lead.first_name, lead.last_name, lead.job_title, lead.custom) == ("Anna", "Gil", "", {})
    row = ImportRow.objects.get()
    told = str(row.kept_because)
    assert (imported.undone, row.undone, told) == ({"kept": 1}, "kept", "Changed since: Last name")


def disqualify(lead: Lead) -> None:
    move_journey(
        journey_id=Journey.objects.get(lead=lead).pk, move="disqualify", actor=None, at=LATER, reason="spam"
    )


def test_undoing_keeps_leads_that_somebody_has_touched() -> None:
    names = ("did", "edited", "owned", "moved", "idle")
    imported = ran("email\n" + "".join(f"{name}@x.example\n" for name in names))
    leads = {lead.email.partition("@")[0]: lead for lead in Lead.objects.all()}
    record_activity(lead=leads["did"], kind=ActivityKind.PAGE_VIEW, at=LATER, source="api")
    update_lead(lead_id=leads["edited"].pk, changes={"need": "Robots"}, actor=marketer(), at=LATER)
    Lead.objects.filter(pk=leads["owned"].pk).update(owner=make_user(role=Role.SDR))
    disqualify(leads["moved"])
    imported = undo(imported, at=LATER)
    assert imported.undone == {"kept": 4, "removed": 1}
    assert {lead.email.partition("@")[0] for lead in Lead.objects.all()} == set(names) - {"idle"}


def test_undoing_takes_back_what_the_import_said_people_did() -> None:
    lead = make_lead(email="ana@acme.example")
    undo(ran(FAIR, activity_kind="webinar"))
    lead.refresh_from_db()
    assert (lead.engaged_at, Activity.objects.filter(kind="webinar").count()) == (None, 0)


def test_an_import_is_undone_for_a_week() -> None:
    imported = ran(FAIR)
    with pytest.raises(StaleImport):
        begin_undo(import_id=imported.pk, actor=marketer(), at=NOW + timedelta(days=7))
    begin_undo(import_id=imported.pk, actor=marketer(), at=NOW + timedelta(days=7, seconds=-1))
