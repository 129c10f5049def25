"""A manager agrees on other scoring rules: draft, change, compare, publish, and the leads follow."""

import pytest
from django.utils import timezone

from leads.models import Lead, Rescore, RuleSet
from leads.services.rescoring import run_rescore
from smarketing.accounts.enums import Role
from tests.leads.factories import make_activity

from .conftest import Watched
from .test_every_page import violations
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_rules_are_drafted_compared_and_published(watched: Watched, world: World) -> None:
    page = watched.page
    make_activity(Lead.objects.get(pk=world.lead_id), "contact_request", at=timezone.now())
    watched.become(world.people[Role.MANAGER])
    watched.open("/scoring/")
    page.click("text=Draft a change")
    page.click("a[aria-label='Change the rule Contact or advice requested']")
    page.fill("[name=points]", "20")
    page.click("button:text-is('Save')")
    page.click("a:text('Rule on what is known') >> nth=0")
    page.select_option("[name=field]", "seniority")
    page.wait_for_selector("[name=value][type=checkbox]")
    page.check("[name=value][value=chief]")
    page.fill("[name=points]", "1")
    assert violations(watched) == []
    page.click("button:text-is('Save')")
    page.click("text=Compare with the live rules")
    assert "0 leads would become MQL, 1 would stop being MQL." in page.inner_text("main")
    assert "Contact or advice requested: +70 → +20" in page.inner_text("main")
    assert violations(watched) == []
    page.click("text=Publish and score everybody again")
    page.wait_for_url("**/scoring/")
    assert "0 of 1 leads" in page.inner_text("main")
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=timezone.now())
    page.wait_for_selector("text=1 lead was scored again")
    lead = Lead.objects.get(pk=world.lead_id)
    assert (lead.intent, lead.rule_set) == (20, RuleSet.objects.get(status="live"))
    assert watched.heard() == []
