"""An agreement's life, through its pages and with each person's own account: planned, proposed, signed by
both heads, the dashboard works with it, a promise breaks, both see it, a review decides, a new version."""

import pytest
from django.utils import timezone

from funnel.models import StageTarget
from sla.enums import ClockState
from sla.models import Agreement, Clock, Policy
from sla.services import signing
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import NOW
from tests.sla.agreeing import proposed

from .conftest import Watched
from .test_every_page import violations
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)
RATES = {"engaged": "50", "target": "100", "mql": "50", "sql": "50", "opportunity": "50", "customer": "50"}
LATE = {
    "email": "vera@acme.example",
    "first_name": "Vera",
    "last_name": "Waits",
    "job_title": "CEO",
    "company": "Acme",
    "employees": "250",
    "country": "ES",
}

# What a script sends is not scored.
BY_HAND = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def test_an_agreement_is_signed_broken_reviewed_and_followed_by_another(
    watched: Watched, world: World
) -> None:
    page = watched.page
    install_defaults(at=NOW)
    sales, marketing = world.people[Role.MANAGER], make_user(role=Role.MANAGER, first_name="Marta")
    made = plan_and_propose(watched, sales=sales, marketing=marketing)
    sign(watched, made, sales, marketing)
    watched.open("/dashboard/?period=this_month")
    target = StageTarget.objects.filter(stage="mql").earliest("month")
    assert f"of {target.count}" in page.inner_text(".zone-middle li >> nth=0")
    watched.follow("main >> text=Autumn")
    assert page.url.endswith(f"/agreement/{made.pk}/")

    a_lead_comes_and_nobody_calls(watched, world)
    for person in (marketing, sales, world.people[Role.SDR]):
        watched.become(person)
        watched.open("/agreement/now/")
        watched.follow("text=1 lead broke it")
        assert page.locator("table.data tbody tr").count() == 1

    review = meet_and_decide(watched, sales=sales, owner=marketing)
    second = change(watched, made, sales=sales, marketing=marketing)
    watched.become(marketing)
    watched.open(review)
    watched.follow("text=Follow up")
    page.check("[name=is_done]")
    page.select_option("[name=agreement]", label=str(second))
    watched.follow("main button.btn-primary")
    assert "led to Autumn (v2)" in page.inner_text("main")
    assert watched.heard() == []


def plan_and_propose(watched: Watched, *, sales: User, marketing: User) -> Agreement:
    page = watched.page
    watched.become(sales)
    watched.open("/agreement/new/")
    page.fill("[name=name]", "Autumn")
    page.fill("[name=revenue]", "100000")
    page.fill("[name=sale]", "1000")
    page.evaluate("document.querySelector('[name=first_day]').value = new Date().toISOString().slice(0, 10)")
    for stage, percent in RATES.items():
        page.fill(f"[name=rate_{stage}]", percent)
    watched.follow("text=Save the plan")
    watched.follow("main >> text=The document")
    assert "Marketing promises nothing yet." in page.inner_text("main")
    watched.follow("text=Edit the promises")
    page.fill("[name=mqls]", "12")
    page.fill("[name=first_contact]", "90")
    page.fill("[name=first_contact_minutes]", "10")
    page.select_option("[name=marketing_head]", label=str(marketing))
    page.select_option("[name=sales_head]", label=str(sales))
    watched.follow("text=Save the promises")
    propose(watched)
    return Agreement.objects.get(name="Autumn")


def propose(watched: Watched) -> None:
    watched.page.click("text=Propose it for signing")
    watched.follow("text=Yes, propose it")


def sign(watched: Watched, made: Agreement, *heads: User) -> None:
    """Each with their own account; the last one brings it into force."""
    page = watched.page
    for head in heads:
        watched.become(head)
        watched.open(f"/agreement/{made.pk}/")
        page.click("summary:text-is('Sign it')")
        watched.follow("text=Yes, I sign")
        assert str(head) in page.inner_text("#part-signatures ~ ul")
    assert "In force" in page.inner_text("main")


def a_lead_comes_and_nobody_calls(watched: Watched, world: World) -> None:
    """It posts the form; then its window passes, which no test can wait for."""
    form = f"{watched.address}/api/v1/forms/{world.form_id}/submissions"
    answer = watched.page.request.post(form, data=LATE, headers=BY_HAND)
    assert answer.status in (200, 201, 202)
    waits = Clock.objects.get(lead__email=LATE["email"])
    assert waits.minutes == 10
    Clock.objects.filter(pk=waits.pk).update(due_at=timezone.now())
    tick(at=timezone.now())
    waits.refresh_from_db()
    assert waits.state == ClockState.BREACHED


def meet_and_decide(watched: Watched, *, sales: User, owner: User) -> str:
    """The review's path."""
    page = watched.page
    watched.become(sales)
    watched.open("/reviews/")
    watched.follow("a[href='/reviews/new/']")
    watched.follow("main button.btn-primary")
    page.click("text=Begin the meeting")
    watched.follow("text=Yes, begin it now")
    assert "(0 of 1), promised 90" in page.inner_text("main")
    page.fill("[name=text]", "Allow half an hour")
    page.select_option("[name=owner]", label=str(owner))
    page.fill("[name=due_on]", f"{timezone.localdate():%Y-%m-%d}")
    watched.follow("text=Note the decision")
    return page.url.removeprefix(watched.address)


def change(watched: Watched, made: Agreement, *, sales: User, marketing: User) -> Agreement:
    """The new version, in force: the product works with the new window, and the old one is history."""
    page = watched.page
    watched.become(marketing)
    watched.open(f"/agreement/{made.pk}/")
    page.click("summary:text-is('Begin a new version')")
    watched.follow("text=Yes, begin a new version")
    second = Agreement.objects.get(name="Autumn", version=2)
    watched.open(f"/agreement/{second.pk}/terms/")
    page.fill("[name=first_contact_minutes]", "30")
    watched.follow("text=Save the promises")
    propose(watched)
    sign(watched, second, marketing, sales)
    assert Policy.objects.filter(kind="first_contact").earliest("position").minutes == 30
    assert "Superseded" in page.inner_text("#versions-title ~ ul")
    return second


def test_a_proposal_and_its_draft_are_accessible(watched: Watched, world: World) -> None:
    made = proposed(NOW, first_day=timezone.localdate(), last_day=timezone.localdate())
    assert made.marketing_head and made.sales_head
    signing.sign(agreement=made, actor=made.sales_head, at=timezone.now())
    watched.become(made.marketing_head)
    watched.open(f"/agreement/{made.pk}/")
    watched.page.click("summary:text-is('Sign it')")
    assert violations(watched) == []
    watched.page.click("text=Withdraw the proposal")
    watched.follow("text=Yes, withdraw it")
    watched.follow("text=Edit the promises")
    assert violations(watched) == []
