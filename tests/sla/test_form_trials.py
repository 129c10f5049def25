"""A form is tried: every step is told, from the inbox to the clock, and nothing stays."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from funnel.models import Assignment, Journey, RoutingMember
from leads.enums import ActivityKind
from leads.models import Activity, Company, Form, Lead, ScoreChange, Submission
from leads.rules.steps import Step
from leads.services.intake import Visit, receive
from leads.services.trying import try_form
from sla.models import Clock, Mail, Reminder
from sla.services.engine import tick
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_form
from tests.sla.factories import make_policy

pytestmark = pytest.mark.django_db

HOT = {
    "email": "ana@acme.example",
    "first_name": "Ana",
    "job_title": "CEO",
    "employees": "250",
    "country": "ES",
}


@pytest.fixture
def form() -> Form:
    """A form whose leads are MQL at once, with a pool of one rep and a promise."""
    live_rule_set(at=NOW)
    make_policy()
    make_pool(make_user(role=Role.SDR, first_name="Eva", last_name="Sol"))
    return make_form(activity_kind=ActivityKind.CONTACT_REQUEST, campaign=make_campaign())


def tried(form: Form, **values: str) -> list[Step]:
    return try_form(form=form, posted=list({**HOT, **values}.items()), actor=None, at=NOW)


def outcome(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.title, step.mark.value) for step in steps]


def test_every_step_is_told(form: Form) -> None:
    assert outcome(tried(form)) == [
        ("Stored", "done"),
        ("Matched", "done"),
        ("Recorded", "done"),
        ("Scored", "done"),
        ("Moved", "done"),
        ("Routed", "done"),
        ("Clock", "done"),
    ]


def test_the_steps_say_where_to(form: Form) -> None:
    texts = {step.title: step.text for step in tried(form)}
    assert ("Eva Sol" in texts["Routed"], texts["Moved"].endswith("MQL."), texts["Clock"].split(",")[0]) == (
        True,
        True,
        "First contact",
    )


def rows() -> dict[str, int]:
    kept = [Lead, Company, Activity, Submission, ScoreChange, Journey, Assignment, Clock, Reminder, Mail]
    counts = {model.__name__: model.objects.count() for model in kept}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM funnel_rollupdelta")
        counts["tail"] = cursor.fetchone()[0]
    return counts


def test_nothing_stays(form: Form) -> None:
    before = rows()
    tried(form)
    assert rows() == before


def test_a_rep_loses_no_turn_and_hears_nothing(form: Form) -> None:
    tried(form)
    tick(at=NOW)
    assert (RoutingMember.objects.get().assigned, mail.outbox) == (0, [])


def test_a_known_lead_stays_as_it_was(form: Form) -> None:
    receive(form=form, posted=[("email", "ana@acme.example")], visit=Visit(), at=NOW)
    before = Lead.objects.values().get()
    steps = tried(form)
    assert ("is known" in steps[1].text, Lead.objects.values().get()) == (True, before)


def test_a_visitor_after_the_test_is_treated_as_the_first(form: Form) -> None:
    tried(form)
    receipt = receive(form=form, posted=list(HOT.items()), visit=Visit(), at=NOW)
    assert (receipt.replayed, Lead.objects.count()) == (False, 1)


def test_values_that_visitors_must_correct_are_named(form: Form) -> None:
    steps = tried(form, email="nonsense")
    assert (outcome(steps), steps[0].lines[0].split(":")[0]) == ([("Refused", "wrong")], "email")


def test_the_trap_quarantines(form: Form) -> None:
    assert outcome(tried(form, website_url="https://spam.example")) == [("Quarantined", "not_yet")]


def test_nobody_eligible_is_shown(form: Form) -> None:
    RoutingMember.objects.update(is_active=False)
    marks = dict(outcome(tried(form)))
    assert (marks["Routed"], marks["Clock"]) == ("wrong", "done")


def test_what_breaks_is_told_and_leaves_nothing(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("scoring is broken")

    before = rows()
    monkeypatch.setattr("leads.services.intake.tell_of", broken)
    assert (outcome(tried(form)), rows()) == ([("Stored", "done"), ("Failed", "wrong")], before)


def test_the_page_tells_the_steps(client: Client, form: Form) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    body = {f"value:{name}": value for name, value in HOT.items()}
    answer = client.post(f"/forms/{form.pk}/test/", body)
    assert ([step.title for step in answer.context["steps"]][-1], Lead.objects.count()) == ("Clock", 0)


@pytest.mark.parametrize(("role", "status"), [(Role.MARKETER, 200), (Role.EXECUTIVE, 403), (Role.SDR, 403)])
def test_who_may_try(client: Client, form: Form, role: Role, status: int) -> None:
    client.force_login(make_user(role=role))
    assert client.get(f"/forms/{form.pk}/test/").status_code == status
