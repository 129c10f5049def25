"""The components of /styleguide/ behave, with pointer and keyboard."""

import re

import pytest
from playwright.sync_api import expect

from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user

from .conftest import Watched
from .test_every_page import VARIANTS, overflow, violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guide(watched: Watched, settings) -> Watched:
    settings.DEBUG = True
    watched.become(make_user(role=Role.ADMIN))
    watched.open("/styleguide/")
    return watched


@pytest.mark.parametrize("watched", VARIANTS.values(), indirect=True, ids=VARIANTS)
def test_every_piece_is_accessible(guide: Watched) -> None:
    for code in guide.page.locator("details:not(.menu):not(.drawer) > summary").all():
        code.click()
    assert (overflow(guide), violations(guide), guide.heard()) == (0, [], [])


@pytest.mark.parametrize("watched", VARIANTS.values(), indirect=True, ids=VARIANTS)
def test_open_dialogs_are_accessible(guide: Watched) -> None:
    guide.page.get_by_role("link", name="Return to marketing …").click()
    expect(guide.page.locator("#dialog h2")).to_be_visible()
    assert violations(guide) == []
    guide.page.keyboard.press("Escape")
    expect(guide.page.locator("#dialog")).to_be_hidden()


def test_a_message_is_shown_as_text_and_can_be_undone(guide: Watched) -> None:
    guide.page.get_by_role("button", name="Message with undo").click()
    toast = guide.page.locator("#toasts .toast-success")
    expect(toast.locator(".toast-text")).to_have_text("Lead returned to marketing.")
    with guide.page.expect_request(lambda request: request.method == "POST") as sent:
        toast.get_by_role("button", name="Undo").click()
    assert sent.value.url.endswith("/styleguide/")
    expect(toast).to_have_count(0)


def test_a_question_is_asked_before_htmx_sends(guide: Watched) -> None:
    guide.page.get_by_role("button", name="With hx-confirm …").click()
    dialog = guide.page.locator("#confirm")
    expect(dialog).to_contain_text("Reassign 12 leads to Lucía?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(guide.page.locator("#toasts .toast-box")).to_have_count(0)
    guide.page.get_by_role("button", name="With hx-confirm …").click()
    dialog.get_by_role("button", name="Yes, do it").click()
    expect(guide.page.locator("#toasts .toast-box")).to_have_count(1)


def test_a_question_is_asked_before_a_form_is_sent(guide: Watched) -> None:
    guide.page.get_by_role("button", name="Delete …").click()
    guide.page.locator("#confirm").get_by_role("button", name="Yes, do it").click()
    expect(guide.page).to_have_url(re.compile(r"\?$"))


@pytest.mark.parametrize(
    ("button", "text", "way"),
    [
        ("Session ended", "Your session has ended.", "Sign in again in a new tab"),
        ("Changed meanwhile", "Somebody else changed this", "Reload the page"),
        ("Server error", "Something went wrong on our side.", "Try again"),
    ],
)
def test_a_request_that_fails_says_what_to_do(guide: Watched, button: str, text: str, way: str) -> None:
    guide.page.get_by_role("button", name=button).click()
    box = guide.page.locator("#request-error")
    expect(box).to_contain_text(text)
    expect(box.get_by_text(way, exact=True)).to_be_visible()
    assert violations(guide) == []


def test_a_server_that_is_away_is_told_and_asked_again(guide: Watched) -> None:
    guide.page.context.set_offline(True)
    guide.page.get_by_role("button", name="Message with undo").click()
    box = guide.page.locator("#request-error")
    expect(box).to_contain_text("The server cannot be reached.")
    guide.page.context.set_offline(False)
    box.get_by_role("button", name="Try again").click()
    expect(guide.page.locator("#toasts .toast-box")).to_have_count(1)
    expect(box).to_be_hidden()


def test_the_keyboard_reaches_the_content_first(guide: Watched) -> None:
    guide.page.keyboard.press("Tab")
    assert guide.page.evaluate("document.activeElement.className") == "skip-link"
    guide.page.keyboard.press("Enter")
    assert guide.page.evaluate("document.activeElement.id") == "content"
