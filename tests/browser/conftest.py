"""A real browser on a real server. Without Chromium these tests skip, in CI they must not."""

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from smarketing.accounts.models import User

from .world import World, build_world

# The shell without the windows of a browser needs half the time; the pages are drawn the same.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Each flag keeps the browser from talking to anybody but the server of the test.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Every page is a program that runs once: compiling it well costs more than it saves, a third of all.
FLAGS += ("--js-flags=--no-opt --no-maglev",)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("No Chromium: CI installs it, so that the browser tests never skip there.")
        pytest.skip("No Chromium found; install it to run the browser tests.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests' own queries are synchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()
        # While that loop is there, Django keeps another connection for this thread than without it, and
        # whoever drops the database at the end does not know it.
        connection.close()


# Half a megabyte, which goes through two processes to a page: it is sent once for all pages of a test,
# as a function, so that a page at which nobody looks closely does not run it.
BRING_AXE = f"window.bringAxe = () => {{\n{AXE_SCRIPT}\n}};"

# What the page itself calls back, because the next keystroke or page made it pointless, has not
# failed. htmx tells its console of it all the same; a failure is told as "htmx:sendError" as well.
CALLED_BACK = "net::ERR_ABORTED"
TOLD_OF_CALLING_BACK = ("htmx:afterRequest, ", "htmx:sendAbort, ")


class Watched:
    """A page whose complaints are collected: console errors, exceptions, dialogs, failed requests."""

    def __init__(self, context: BrowserContext, address: str, language: str = "en") -> None:
        self.address = address
        self.language = language
        self.complaints: list[str] = []
        self._brings_axe = False
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(TOLD_OF_CALLING_BACK):
            self.complaints.append(f"console {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != CALLED_BACK:
            self.complaints.append(f"failed {request.url}: {request.failure}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> int:
        answer = self.page.goto(self.address + path)
        self.settle()
        assert answer is not None
        return answer.status

    def settle(self) -> None:
        """Wait until the page and what it asks for by itself are there. ("networkidle" is half a
        second of silence more, on each of some hundred pages.)"""
        self.page.wait_for_load_state("load")
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    def can_bring_axe(self) -> None:
        """The page that is open, and all after it."""
        if not self._brings_axe:
            self.page.add_init_script(BRING_AXE)
            self.page.evaluate(BRING_AXE)
            self._brings_axe = True

    def become(self, user: User | None) -> None:
        """Be signed in as `user` from the next page on, without the form; None: as nobody."""
        if user is None:
            return self.page.context.clear_cookies()
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": self.address}
        language = {"name": settings.LANGUAGE_COOKIE_NAME, "url": self.address}
        self.page.context.add_cookies([cookie, {**language, "value": self.language}])

    def follow(self, what: str) -> None:
        """Press a link or button that leads to another page."""
        with self.page.expect_navigation():
            self.page.click(what)
        self.settle()

    def heard(self, status: int = 200) -> list[str]:
        """The complaints; an error page's own status, which the browser reports too, is none."""
        own = f"the server responded with a status of {status} "
        return [complaint for complaint in self.complaints if own not in complaint]

    def sign_in(self, email: str, password: str = "secret") -> None:
        self.open("/sign-in/")
        self.page.fill("#id_username", email)
        self.page.fill("#id_password", password)
        self.follow("button.btn-primary")


@pytest.fixture
def watched(browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Parametrise indirectly with new_context's options: language, size, colour scheme, scripts."""
    options = {"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    yield Watched(context, live_server.url, options.get("locale", "en")[:2])
    context.close()


@pytest.fixture
def world(watched: Watched) -> World:
    """Asks for the page first, so that the database is there when the world is built."""
    return build_world()
