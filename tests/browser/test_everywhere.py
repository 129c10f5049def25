"""What every page carries: search, keys, the bell, and forms that outlive the session."""

import pytest
from playwright.sync_api import expect

from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind, Role
from smarketing.accounts.models import User
from tests.leads.factories import NOW

from .conftest import Watched
from .test_every_page import violations
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def marketer(watched: Watched, world: World) -> Watched:
    watched.become(world.people[Role.MARKETER])
    watched.open("/leads/")
    return watched


def test_a_lead_is_reached_by_keyboard_alone(marketer: Watched, world: World) -> None:
    page = marketer.page
    page.keyboard.press("/")
    page.keyboard.type("ana@acme")
    expect(page.locator("#search-results a").first).to_be_visible()
    assert violations(marketer) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{world.lead_id}/")
    assert marketer.heard() == []


def test_escape_closes_what_was_found(marketer: Watched) -> None:
    marketer.page.keyboard.press("/")
    marketer.page.keyboard.type("ana@acme")
    expect(marketer.page.locator("#search-results a").first).to_be_visible()
    marketer.page.keyboard.press("Escape")
    expect(marketer.page.locator("#search-results a")).to_have_count(0)


def test_the_help_sheet_opens_by_its_key(marketer: Watched) -> None:
    marketer.page.keyboard.press("?")
    expect(marketer.page.locator("#keys")).to_be_visible()
    assert violations(marketer) == []


def test_single_keys_can_be_switched_off(marketer: Watched) -> None:
    User.objects.update(keyboard_shortcuts=False)
    marketer.open("/leads/")
    marketer.page.keyboard.press("?")
    marketer.page.keyboard.press("/")
    expect(marketer.page.locator("#keys")).to_be_hidden()
    assert marketer.page.evaluate("document.activeElement.id") != "search"


def test_keys_of_a_lead_stand_in_the_sheet_and_can_be_switched_off(marketer: Watched, world: World) -> None:
    page = marketer.page
    marketer.open(f"/leads/{world.lead_id}/")
    page.keyboard.press("?")
    expect(page.locator("#keys kbd", has_text="l")).to_be_visible()
    expect(page.locator("#keys kbd", has_text="/")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("#dialog-body form")).to_be_visible()
    User.objects.update(keyboard_shortcuts=False)
    marketer.open(f"/leads/{world.lead_id}/")
    page.keyboard.press("l")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert marketer.heard() == []


def test_the_bell_tells_what_is_unread_and_the_list_leads_there(watched: Watched, world: World) -> None:
    rep = world.people[Role.SDR]
    rep.notifications.all().delete()
    notify([Note(rep.pk, NotificationKind.REMINDED, "fact:1", lead_id=world.lead_id)], at=NOW)
    watched.become(rep)
    watched.open("/queue/")
    watched.page.get_by_role("link", name="Notifications: 1 unread").click()
    watched.page.locator(".notices a").click()
    watched.page.wait_for_url(f"**/leads/{world.lead_id}/")
    expect(watched.page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()


def test_what_was_typed_outlives_the_session(marketer: Watched) -> None:
    marketer.open("/profile/")
    marketer.page.fill("#id_first_name", "Typed <b>")
    marketer.page.context.clear_cookies(name="sessionid")
    marketer.page.locator("main button.btn-primary").click()
    marketer.page.fill("#id_username", "marketer@example.com")
    marketer.page.fill("#id_password", "secret")
    marketer.page.click("button.btn-primary")
    expect(marketer.page.locator("main")).to_contain_text("Typed <b>")
    assert violations(marketer) == []
    marketer.page.get_by_role("button", name="Send it now").click()
    expect(marketer.page.locator("#toasts")).to_contain_text("Your profile was saved.")
    assert User.objects.get(email="marketer@example.com").first_name == "Typed <b>"
