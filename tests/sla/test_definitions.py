"""The change log of definitions: which changes it tells, in what words, and the numbers around them."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from funnel.enums import Reason, Stage, Status
from funnel.services.targets import set_targets
from leads.models import Persona
from leads.services.drafts import draft_from_live
from leads.services.editing import set_note
from leads.services.personas import save_persona, version_of
from leads.services.publishing import publish
from sla.models import AgreementPromise
from sla.rules.definitions import LONGEST, sides_of, summed
from sla.selectors.definitions import defined, definition_changes
from sla.services.drafting import new_version
from sla.services.signing import propose
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from smarketing.accounts.selectors.changes import told
from smarketing.accounts.services.people import create_person
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.leads.factories import NOW as PUBLISHED
from tests.leads.factories import live_rule_set
from tests.sla.agreeing import sign_both, signed
from tests.sla.ladders import make_ladders

DAY = timedelta(days=1)
TODAY = date(2026, 4, 20)


@pytest.mark.parametrize(("ago", "days"), [(0, None), (1, None), (2, 1), (11, 10), (29, 28), (400, LONGEST)])
def test_both_sides_are_as_long_and_leave_the_day_itself_out(ago: int, days: int | None) -> None:
    found = sides_of(TODAY - ago * DAY, today=TODAY)
    assert (found.days if found else None) == days


@given(st.integers(2, 500))
def test_no_side_holds_the_day_or_reaches_into_today(ago: int) -> None:
    day = TODAY - ago * DAY
    found = sides_of(day, today=TODAY)
    assert found is not None and found.before.last == day - DAY and found.after.first == day + DAY
    assert found.before.first and found.after.last and found.before.last and found.after.first
    lengths = [
        (side.last - side.first).days for side in (found.before, found.after) if side.last and side.first
    ]
    assert lengths == [found.days - 1] * 2 and found.after.last < TODAY


def test_days_are_summed_with_both_ends() -> None:
    daily = {TODAY + n * DAY: Counter(kept=1) for n in range(-5, 6)}
    found = sides_of(TODAY, today=TODAY + 4 * DAY)
    assert found is not None and summed(daily, found.after) == Counter(kept=3)


def kinds() -> list[str]:
    return [change.kind for change in definition_changes()]


@pytest.mark.django_db
def test_a_draft_is_no_change_and_its_publication_is_told_in_words() -> None:
    live_rule_set()
    actor = make_user(role=Role.MANAGER)
    before = kinds()
    draft = draft_from_live(actor=actor, at=PUBLISHED + DAY, note="")
    set_note(rule_set_id=draft.pk, note="Stricter", actor=actor, at=PUBLISHED + DAY)
    drafted = kinds()
    draft.thresholds.filter(stage="mql").update(min_fit=99)
    publish(rule_set_id=draft.pk, actor=actor, at=PUBLISHED + 2 * DAY)
    [told, *_rest] = defined(list(definition_changes()), at=PUBLISHED + 3 * DAY)
    assert (before == drafted, told.change.actor, told.rule_set) == (True, actor, draft.pk)
    assert {one.what for one in told.differences} == {"MQL"} and "99" in "".join(
        one.after for one in told.differences
    )


@pytest.mark.django_db
def test_a_persona_is_told_and_people_are_not() -> None:
    live_rule_set()
    actor, at = make_user(role=Role.MARKETER), timezone.now()
    persona = Persona.objects.create(name="Plant director")
    create_person(email="new@example.com", values={"role": Role.SDR}, actor=make_user(role=Role.ADMIN), at=at)
    save_persona(
        persona_id=persona.pk,
        values={"name": "Plant manager"},
        seen=version_of(persona),
        actor=actor,
        at=at,
    )
    [change, *_rest] = definition_changes(kind="leads.persona")
    [told] = defined([change], at=at)
    assert [(line.label, line.before, line.after) for line in told.lines] == [
        ("Name", ["Plant director"], ["Plant manager"])
    ]
    assert not definition_changes().filter(kind="accounts.user").exists()


@pytest.mark.django_db
def test_targets_are_told_when_they_are_asked_for() -> None:
    set_targets(month=TODAY, counts={Stage.MQL: 9}, actor=make_user(role=Role.MANAGER), at=timezone.now())
    assert (kinds(), definition_changes(kind="funnel.stagetarget").count()) == ([], 1)


@pytest.mark.django_db
def test_an_agreement_is_told_when_it_comes_into_force_by_what_it_changed() -> None:
    at = timezone.now()
    days = {"first_day": timezone.localdate(), "last_day": timezone.localdate() + 60 * DAY}
    first = signed(at, **days)
    assert first.sales_head
    drafted = new_version(agreement=first, actor=first.sales_head, at=at)
    AgreementPromise.objects.filter(agreement=drafted, kind="mqls").update(amount=300)
    second = sign_both(propose(agreement=drafted, actor=first.sales_head, at=at), at + DAY / 24)
    later, earlier = defined(list(definition_changes(kind="sla.agreement")), at=at)
    assert (earlier.agreement, earlier.is_first, list(earlier.differences)) == (first, True, [])
    assert (later.agreement, later.is_first) == (second, False)
    assert [(one.what, one.before, one.after) for one in later.differences] == [
        ("MQLs per month", "270 MQLs a month", "300 MQLs a month")
    ]


@pytest.mark.django_db
def test_a_kind_keeps_its_capitals() -> None:
    with translation.override("es"):
        assert told(ConfigChange(kind="sla.agreement", changes=[])).kind == "Acuerdo (ANS)"


def change_of(at: Any) -> ConfigChange:
    return ConfigChange.objects.create(
        at=at,
        origin="browser",
        kind="sla.policy",
        object_id="1",
        object_name="First contact",
        action="changed",
    )


@pytest.mark.django_db
def test_the_numbers_on_both_sides() -> None:
    """Ten days on each side: two MQLs before, one of which came back; three after, none decided."""
    at = timezone.now()
    changed = at - 11 * DAY
    change = change_of(changed)
    for days, status, stage, reason in (
        (-3, Status.RECYCLED, Stage.MQL, Reason.NO_BUDGET),
        (-10, Status.ACTIVE, Stage.SQL, ""),
        (0, Status.RECYCLED, Stage.MQL, Reason.NO_BUDGET),
        (-11, Status.ACTIVE, Stage.MQL, ""),
        (1, Status.ACTIVE, Stage.MQL, ""),
        (2, Status.ACTIVE, Stage.MQL, ""),
        (10, Status.ACTIVE, Stage.MQL, ""),
    ):
        moment = changed + days * DAY
        make_journey(stage, status, reason=reason, entered_at=moment, mql_at=moment)
    make_ladders([None], due_at=changed + 3 * DAY)
    [told] = defined([change], at=at)
    assert told.before is not None and told.after is not None
    assert (told.days, told.before.mqls, told.before.returned, told.before.judged) == (10, 2, 1, 2)
    # The ladder's lead was handed over, too, and nobody contacted it.
    assert (told.after.mqls, told.after.returned, told.after.judged) == (4, 0, 0)
    assert (told.after.in_time, told.after.contacts, told.before.contacts) == (0, 1, 0)


@pytest.mark.django_db
def test_everybody_reads_and_only_readers_open_the_leads(client: Client) -> None:
    at = timezone.now()
    change_of(at - 5 * DAY)
    make_journey(Stage.MQL, entered_at=at - 7 * DAY, mql_at=at - 7 * DAY)
    urls = {}
    for role in (Role.SDR, Role.MARKETER):
        client.force_login(make_user(role=role))
        [row] = client.get("/definitions/").context["rows"]
        urls[role] = row["numbers"][0][1].url
    assert urls[Role.SDR] == ""
    assert client.get(urls[Role.MARKETER]).context["page"].paginator.count == 1


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_any_number(
    client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        change_of(timezone.now() - (5 + number) * DAY)
    client.force_login(make_user(role=Role.SDR))
    with django_assert_num_queries(7):
        client.get("/definitions/")
