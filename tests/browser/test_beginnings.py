"""The first hour of an installation in a real browser, and a form that is seen while it is made."""

import pytest
from playwright.sync_api import expect

from smarketing.accounts.enums import Role
from smarketing.accounts.models import Organization, User
from smarketing.accounts.setup_code import setup_address
from tests.accounts.factories import make_user

from .conftest import Watched
from .test_every_page import overflow, violations

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.mark.parametrize("watched", [PHONE], indirect=True, ids=["phone-es-dark"])
def test_an_installation_is_set_up_step_by_step(watched: Watched) -> None:
    page = watched.page
    watched.open(setup_address(""))
    assert (overflow(watched), violations(watched)) == (0, [])
    for name, text in (("company", "Acme"), ("first_name", "Ana"), ("email", "ana@example.com")):
        page.fill(f"[name={name}]", text)
    page.fill("[name=password]", "correct-horse-9")
    page.fill("[name=again]", "another-horse-9")
    page.click("main button.btn-primary")
    expect(page.locator(".errorlist")).to_have_count(1)
    for name in ("password", "again"):
        page.fill(f"[name={name}]", "correct-horse-9")
    watched.follow("main button.btn-primary")
    assert (User.objects.get().role, page.locator("ol.steps li").count()) == (Role.ADMIN, 4)
    assert (overflow(watched), violations(watched)) == (0, [])
    watched.follow("ol.steps li:nth-child(2) button")
    expect(page.locator("ol.steps li:nth-child(2) button")).to_contain_text("Aún por hacer")
    watched.follow(".page-head button.btn-outline-secondary")
    assert Organization.objects.get().setup_finished_at is not None
    assert watched.heard(422) == []


def test_the_preview_follows_what_is_typed(watched: Watched) -> None:
    page = watched.page
    watched.become(make_user(role=Role.MARKETER))
    watched.open("/forms/new/")
    sketch = page.locator(".form-sketch")
    expect(sketch).to_be_visible()
    page.fill("[name=row-0-name]", "email")
    page.fill("[name=row-0-label]", "Your address")
    page.select_option("[name=row-0-target]", "email")
    page.check("[name=row-0-required]")
    page.fill("[name=consent_text]", "I agree to <b>everything</b>.")
    expect(sketch.locator("label", has_text="Your address")).to_contain_text("*")
    expect(sketch.locator("input[type=email]")).to_be_disabled()
    expect(sketch).to_contain_text("I agree to <b>everything</b>.")
    page.fill("[name=row-0-label]", "Mail")
    expect(sketch.locator("label", has_text="Mail")).to_have_count(1)
    expect(sketch.locator("label", has_text="Your address")).to_have_count(0)
    assert violations(watched) == []
    assert watched.complaints == []
