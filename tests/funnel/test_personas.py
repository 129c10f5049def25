"""Buyer personas: described, tried, switched, and what became of their leads."""

import pytest
from django.urls import reverse
from django.utils import timezone

from funnel.enums import Move, Reason, Stage
from funnel.models import Journey, Opportunity
from funnel.rules.report import Filters, Money
from funnel.selectors.funnel_journeys import Behind, journeys_behind
from funnel.selectors.funnel_report import funnel_report
from funnel.selectors.personas import of_persona, persona_rows, returned_by_reason
from funnel.services.moving import move_journey
from leads.errors import NotAllowed
from leads.models import Lead, Persona, Rescore
from leads.services.personas import save_persona, version_of
from leads.services.rescoring import run_rescore
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, live_rule_set, make_company, make_lead

from .factories import make_journey

pytestmark = pytest.mark.django_db
CHIEF = [{"field": "seniority", "operator": "in", "value": ["chief"]}]
LARGE = [{"field": "company.employees", "operator": "gte", "value": 200}]


def make_persona(name="The chief", criteria=CHIEF, position=1, **fields):
    return Persona.objects.create(name=name, criteria=criteria, position=position, **fields)


@pytest.fixture
def marketer(client):
    client.force_login(make_user(Role.MARKETER))
    return client


def address(name, *args):
    return reverse(f"funnel:{name}", args=args)


def words(answer):
    return " ".join(answer.content.decode().split())


def posted(
    persona=None, *, conditions=({"field": "seniority", "operator": "in", "value": ["chief"]},), **head
):
    found = {"is-TOTAL_FORMS": len(conditions), "is-INITIAL_FORMS": 0, "name": "The chief", "position": 1}
    for place, condition in enumerate(conditions):
        found |= {f"is-{place}-{name}": value for name, value in condition.items()}
    return {**found, "is_active": "on", "seen": version_of(persona) if persona else "", **head}


def test_a_persona_is_described(marketer):
    rows = (
        {"field": "seniority", "operator": "in", "value": ["chief", "director"]},
        {"field": "company.employees", "operator": "gte", "value": "200"},
        {"field": "", "operator": "eq", "value": ""},
    )
    answer = marketer.post(address("new-persona"), posted(conditions=rows, description="Decides alone."))
    made = Persona.objects.get()
    assert (answer.url, made.criteria[0]["value"], made.criteria[1]["value"], len(made.criteria)) == (
        address("persona", made.pk),
        ["chief", "director"],
        200,
        2,
    )
    text = words(marketer.get(answer.url))
    assert "Level of the contact is one of CEO or general manager or Director" in text
    assert "Decides alone." in text


def test_everybody_is_looked_at_again_and_it_can_be_stopped(marketer):
    """The same resumable job as after new rules: each batch commits with its place."""
    live_rule_set()
    Rescore.objects.update(finished_at=NOW)
    Persona.objects.all().delete()
    leads = [make_lead(seniority="chief"), make_lead(seniority="student"), make_lead(seniority="chief")]
    marketer.post(address("new-persona"), posted())
    job = Rescore.objects.get(finished_at=None)
    run_rescore(rescore_id=job.pk, at=NOW, batch=1)
    now = list(Lead.objects.order_by("pk").values_list("persona__name", flat=True))
    assert now == ["The chief", None, None]
    assert "1 of 3 leads" in words(marketer.get(address("personas")))
    run_rescore(rescore_id=job.pk, at=NOW)
    assert [Lead.objects.get(pk=lead.pk).persona_id is None for lead in leads] == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({"description": "Other words"}, 0),
        ({"position": 2}, 1),
        ({"criteria": LARGE}, 1),
        ({"is_active": False}, 1),
    ],
)
def test_only_another_selection_looks_at_everybody(changes, again):
    live_rule_set()
    Rescore.objects.update(finished_at=NOW)
    persona = make_persona()
    save_persona(persona_id=persona.pk, values=changes, seen=version_of(persona), actor=None, at=NOW)
    assert Rescore.objects.filter(finished_at=None).count() == again


def test_changes_are_told_with_before_and_after():
    persona, author = make_persona(), make_user(Role.MARKETER)
    save_persona(
        persona_id=persona.pk, values={"position": 7}, seen=version_of(persona), actor=author, at=NOW
    )
    told = ConfigChange.objects.get(actor=author)
    assert (told.object_name, told.changes) == ("The chief", [{"field": "position", "before": 1, "after": 7}])


@pytest.mark.parametrize("role", [Role.SDR, Role.AE, Role.EXECUTIVE])
def test_who_may_not_describe(role):
    with pytest.raises(NotAllowed):
        save_persona(persona_id=None, values={"name": "X"}, seen="", actor=make_user(role), at=NOW)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": ""}, "form"),
        ({"position": "x"}, "form"),
        ({"conditions": ({"field": "", "operator": "eq", "value": ""},)}, "rows"),
        ({"conditions": ({"field": "company.employees", "operator": "gte", "value": "many"},)}, "rows"),
    ],
)
def test_what_cannot_be_meant_is_refused(marketer, wrong, place):
    answer = marketer.post(address("new-persona"), posted(**wrong))
    shown = answer.context[place]
    assert (answer.status_code, shown.is_valid(), Persona.objects.count()) == (422, False, 0)


def test_trying_says_whom_it_would_select_and_saves_nothing(marketer):
    first = make_persona("The owner", position=1)
    make_lead(seniority="chief", persona=first)
    large = make_lead(seniority="director", first_name="Ana", company=make_company(employees=300))
    make_lead(seniority="student")
    other = make_persona("Other", LARGE, position=3)
    Lead.objects.filter(pk=large.pk).update(persona=other)
    rows = ({"field": "seniority", "operator": "in", "value": ["chief", "director"]},)
    answer = marketer.post(
        address("new-persona"), posted(conditions=rows, position=2, name="New", **{"try": "1"})
    )
    text = words(answer)
    assert "2 leads match, 1 would get this persona" in text
    assert "1 now of Other" in text
    assert "Ana" in text
    assert Persona.objects.filter(name="New").count() == 0


def test_choosing_another_field_keeps_what_was_typed(marketer):
    rows = (
        {"field": "seniority", "operator": "ne", "value": ["student"]},
        {"field": "company.employees", "operator": "lt", "value": "50"},
    )
    shown = marketer.post(address("new-persona"), posted(conditions=rows, name="Half", ask="1")).context
    values = [[row[name].value() for name in ("field", "operator")] for row in shown["rows"]][:2]
    assert (shown["form"]["name"].value(), values) == (
        "Half",
        [["seniority", "ne"], ["company.employees", "lt"]],
    )


def test_somebody_was_faster(marketer):
    persona = make_persona()
    sent = posted(persona, name="Mine")
    Persona.objects.update(description="Theirs")
    answer = marketer.post(address("edit-persona", persona.pk), sent)
    assert (answer.status_code, "Theirs" in words(answer), 'value="Mine"' in words(answer)) == (
        409,
        True,
        True,
    )
    marketer.post(address("edit-persona", persona.pk), {**sent, "seen": version_of(Persona.objects.get())})
    assert Persona.objects.get().name == "Mine"


def test_it_is_switched_off_and_on(marketer):
    persona = make_persona()
    stale = version_of(persona)
    marketer.post(address("switch-persona", persona.pk), {"active": "0", "seen": stale})
    late = marketer.post(address("switch-persona", persona.pk), {"active": "1", "seen": stale})
    assert (late.status_code, Persona.objects.get().is_active) == (409, False)


def funnel_of(persona):
    """One new, one at MQL, one returned, one won."""
    boss = make_user(Role.MANAGER)
    made = [make_journey(stage) for stage in (Stage.NEW_NAME, Stage.MQL, Stage.MQL, Stage.CUSTOMER)]
    move_journey(
        journey_id=made[2].pk, move=Move.RECYCLE, reason=Reason.WRONG_FIT, actor=boss, at=timezone.now()
    )
    Opportunity.objects.filter(journey=made[3]).delete()
    Opportunity.objects.create(journey=made[3], amount=500, currency="EUR", status="won", opened_at=NOW)
    Lead.objects.filter(pk__in=[journey.lead_id for journey in made]).update(persona=persona)
    return made


def test_conversion_and_returns_by_persona():
    persona = make_persona()
    funnel_of(persona)
    make_journey(Stage.MQL)
    chief, none = persona_rows(filters=Filters())
    # the returned lead began a second journey
    assert [chief.reached[stage].count for stage in ("new_name", "mql", "customer")] == [5, 3, 1]
    assert (chief.returned.count, chief.revenue, chief.to_mql) == (1, [Money("EUR", 1, 500)], 60.0)
    assert (none.persona, none.reached["mql"].count, none.returned_share) == (None, 1, 0.0)
    assert [(reason, number.count) for reason, number in returned_by_reason(filters=Filters())] == [
        ("wrong_fit", 1)
    ]


@pytest.mark.parametrize("whose", ["chief", "none"])
def test_the_report_is_filtered_by_persona(whose):
    persona = make_persona()
    funnel_of(persona)
    make_journey(Stage.MQL)
    filters = of_persona(Filters(), persona.pk if whose == "chief" else 0)
    report = funnel_report(filters=filters)
    counted = {row.stage: row.entered.count for row in report.stages}
    behind = {
        stage: journeys_behind(filters=filters, behind=Behind(reached=stage)).count() for stage in counted
    }
    assert counted == behind
    assert (counted[Stage.MQL], bool(report.revenue)) == ((3, True) if whose == "chief" else (1, False))


def test_every_number_of_a_persona_opens_its_leads(marketer):
    persona = make_persona()
    funnel_of(persona)
    Journey.objects.update(entered_at=timezone.now())
    page = marketer.get(address("persona", persona.pk))
    [(reason, number)] = page.context["reasons"]
    row = marketer.get(address("personas")).context["rows"][0]
    numbers = [number, row["mql"], row["entered"], row["won"], row["row"].returned]
    listed = [marketer.get(address("leads"), one.params).context["page"].paginator.count for one in numbers]
    assert listed == [one.count for one in numbers] == [1, 3, 5, 1, 1]
    assert (reason, page.context["is_worrying"]) == ("wrong_fit", True)
    assert "Is this profile right?" in words(page)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"), [("personas", 9), ("persona", 9), ("edit-persona", 4), ("new-persona", 3)]
)
def test_pages_cost_the_same_at_any_length(marketer, name, queries, size, django_assert_num_queries):
    for place in range(size):
        persona = make_persona(f"Persona {place}")
        funnel_of(persona)
    args = [persona.pk] if name in ("persona", "edit-persona") else []
    with django_assert_num_queries(queries):
        assert marketer.get(address(name, *args)).status_code == 200


def test_without_a_persona_the_page_teaches(marketer):
    assert "No persona yet" in words(marketer.get(address("personas")))
