"""A marketer's, a manager's, the CEO's and an administrator's day, in both languages."""

import re
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.enums import SubmissionStatus
from leads.models import Form, Submission
from sla.enums import ClockState
from sla.models import Agreement, Clock
from sla.services.engine import tick
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.leads.factories import NOW

from .conftest import Watched
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGES = {
    "en": {"locale": "en-GB"},
    "es": {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
both_languages = pytest.mark.parametrize("watched", LANGUAGES.values(), indirect=True, ids=LANGUAGES)
SUBMIT = "main button.btn-primary"


@both_languages
def test_a_marketer_makes_a_form_tries_it_and_empties_the_quarantine(watched: Watched, world: World) -> None:
    page = watched.page
    watched.become(world.people[Role.MARKETER])
    watched.open("/forms/")
    page.click("a[href='/forms/new/']")
    page.fill("[name=name]", "Spring guide")
    page.fill("[name=row-0-name]", "email")
    page.select_option("[name=row-0-target]", "email")
    watched.follow("#form-editor button.btn-primary:not([name])")
    form = Form.objects.get(name="Spring guide")
    assert str(form.pk) in page.inner_text("#html-code")
    page.click("a[href$='/test/']")
    page.fill("[name='value:email']", "eva@acme.example")
    watched.follow(SUBMIT)
    assert page.locator("ol.steps li").count() >= 5
    assert Submission.objects.filter(form=form).count() == 0
    watched.open("/inbox/")
    watched.follow("button[name=reject]")
    assert list(Submission.objects.exclude(status="processed").values_list("status", flat=True)) == [
        SubmissionStatus.REJECTED
    ]
    assert page.locator("main table").count() == 0
    assert watched.complaints == []


@both_languages
def test_a_manager_goes_from_the_number_to_the_lead_that_is_late(watched: Watched, world: World) -> None:
    at = timezone.now()
    tick(at=at)
    page = watched.page
    watched.become(world.people[Role.MANAGER])
    watched.open("/")
    assert page.url.endswith("/dashboard/")
    watched.open(f"/dashboard/?entered_from={NOW:%Y-%m-%d}")
    watched.follow(".zone-middle a.count")
    watched.follow(f"main a[href='/leads/{world.lead_id}/']")
    assert Clock.objects.get(ended_at=None).state == ClockState.BREACHED
    assert page.locator(".clock-state, .tag-late").count() > 0
    assert watched.complaints == []


@both_languages
def test_an_administrator_invites_somebody_who_then_signs_in(watched: Watched, world: World) -> None:
    page = watched.page
    watched.become(world.people[Role.ADMIN])
    watched.open("/settings/people/new/")
    for name, value in (("first_name", "Nora"), ("last_name", "Nuevo"), ("email", "nora@example.com")):
        page.fill(f"[name={name}]", value)
    page.select_option("[name=role]", Role.SDR)
    page.select_option("[name=reports_to]", str(world.people[Role.MANAGER].pk))
    watched.follow(SUBMIT)
    link = page.get_attribute("[data-copy]", "data-copy")
    assert link is not None
    watched.become(None)
    watched.open(urlsplit(link).path)
    for field in page.locator("input[type=password]").all():
        field.fill("a-long-enough-secret")
    watched.follow("button.btn-primary")
    watched.sign_in("nora@example.com", "a-long-enough-secret")
    assert page.url.endswith("/queue/")
    assert User.objects.get(email="nora@example.com").role == Role.SDR
    assert watched.complaints == []


@both_languages
def test_a_policy_is_tried_before_anybody_lives_by_it(watched: Watched, world: World) -> None:
    page = watched.page
    watched.become(world.people[Role.ADMIN])
    watched.open("/settings/policies/simulator/")
    watched.follow("main form button.btn-primary")
    told = page.inner_text("main")
    boss = world.people[Role.MANAGER]
    assert boss.get_full_name() in told
    assert watched.complaints == []


@both_languages
def test_a_head_plans_a_period_and_sees_at_once_what_it_takes(watched: Watched, world: World) -> None:
    page = watched.page
    watched.become(world.people[Role.MANAGER])
    watched.open("/agreement/new/")
    for stage in ("engaged", "mql", "sql", "opportunity", "customer"):
        page.fill(f"[name=rate_{stage}]", "50")
    page.fill("[name=rate_target]", "100")
    page.fill("[name=sale]", "1000")
    page.fill("[name=revenue]", "100000")
    expect(page.locator("#outlook tbody").first).to_contain_text(re.compile(r"3[.,\s]?200"))
    watched.follow("#plan button.btn-primary")
    agreement = Agreement.objects.latest("pk")
    assert page.url.endswith(f"/agreement/{agreement.pk}/plan/")
    assert (agreement.revenue, agreement.rates.count()) == (100_000, 6)
    assert watched.complaints == []
