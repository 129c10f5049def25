"""Both heads agree: plan, promises, proposal, two signatures, and the dashboard works with the targets."""

import pytest

from funnel.models import StageTarget
from sla.models import Agreement
from sla.services.defaults import install_defaults
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW

from .conftest import Watched
from .test_every_page import violations
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)
RATES = {"engaged": "50", "target": "100", "mql": "50", "sql": "50", "opportunity": "50", "customer": "50"}


def test_a_plan_becomes_an_agreement_in_force(watched: Watched, world: World) -> None:
    page = watched.page
    install_defaults(at=NOW)
    sales, marketing = world.people[Role.MANAGER], make_user(role=Role.MANAGER, first_name="Marta")
    watched.become(sales)
    watched.open("/agreement/new/")
    page.fill("[name=name]", "Autumn")
    page.fill("[name=revenue]", "100000")
    page.fill("[name=sale]", "1000")
    page.evaluate("document.querySelector('[name=first_day]').value = new Date().toISOString().slice(0, 10)")
    for stage, percent in RATES.items():
        page.fill(f"[name=rate_{stage}]", percent)
    page.click("text=Save the plan")
    page.click("main >> text=The document")
    assert "Marketing promises nothing yet." in page.inner_text("main")
    page.click("text=Edit the promises")
    page.select_option("[name=marketing_head]", label=str(marketing))
    page.select_option("[name=sales_head]", label=str(sales))
    assert violations(watched) == []
    page.click("text=Save the promises")
    page.click("text=Propose it for signing")
    page.click("text=Yes, propose it")
    made = Agreement.objects.get(name="Autumn")
    for head in (sales, marketing):
        watched.become(head)
        watched.open(f"/agreement/{made.pk}/")
        assert violations(watched) == []
        page.click("summary:text-is('Sign it')")
        page.click("text=Yes, I sign")
        page.wait_for_selector(f"#part-signatures ~ ul >> text={head}")
    assert "In force" in page.inner_text("main")
    assert StageTarget.objects.filter(stage="mql").exists()
    watched.open("/dashboard/?period=this_quarter")
    page.click("text=Autumn")
    page.wait_for_url(f"**/agreement/{made.pk}/")
    assert watched.heard() == []
