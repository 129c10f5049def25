"""`make screenshots`: pictures of the main pages from demo data, on a server of their own.

Small WebP files, made by the browser itself. The engine runs, so the pages look as on a good day.
"""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from smarketing.demo.people import DOMAIN, PASSWORD
from tests.browser.conftest import FLAGS, PROGRAMS
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "screenshots"
READY_SECONDS = 900.0
QUALITY = 80
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it; ``link`` is followed from there first."""

    name: str
    person: str
    path: str
    link: str = ""


PICTURES = (
    Picture("dashboard", "helena", "/dashboard/"),
    Picture("funnel", "renata", "/funnel/"),
    Picture("queue", "tom", "/queue/"),
    Picture("leads", "clara", "/leads/"),
    Picture("lead", "renata", "/leads/?stage=mql", link="tbody th a"),
    Picture("forms", "clara", "/forms/"),
    Picture("reminders", "renata", "/reminders/"),
    Picture("settings", "admin", "/settings/"),
)
VARIANTS = (
    ("desktop", "light", "en"),
    ("desktop", "dark", "es"),
    ("phone", "light", "es"),
    ("phone", "dark", "en"),
)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `manage.py serve` with fresh demo data, its engine beating."""
    port = free_port()
    environment = {**os.environ, "VAR_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "manage.py", "serve"]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_SECONDS
    try:
        while not answers(f"{address}/readyz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The server does not start:\n{(folder / 'serve.log').read_text()[-2000:]}")
            time.sleep(0.5)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def signed_in(browser: Browser, address: str, person: str, variant: tuple[str, str, str]) -> BrowserContext:
    size, scheme, language = variant
    context = browser.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        locale={"en": "en-GB", "es": "es-ES"}[language],
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.fill("#id_username", f"{person}@{DOMAIN}")
    page.fill("#id_password", PASSWORD)
    page.click("form:has(#id_password) button")
    page.wait_for_load_state("networkidle")
    return context


def take(context: BrowserContext, address: str, picture: Picture) -> bytes:
    page = context.pages[0]
    page.goto(address + picture.path)
    if picture.link:
        page.locator(picture.link).first.click()
    page.wait_for_load_state("networkidle")
    if page.locator(".alert-danger").count():
        raise SystemExit(f"{picture.name}: the page shows an alarm, so this is no good day.")
    shot = context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    return base64.b64decode(shot["data"])


def main(only: str = "") -> None:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit("No Chromium found; install it to take screenshots.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    running = os.environ.get("ADDRESS", "")  # of a server with demo data, to save the wait for a fresh one
    with (
        tempfile.TemporaryDirectory() as folder,
        nullcontext(running) if running else served(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for variant in VARIANTS:
            contexts: dict[str, BrowserContext] = {}
            for picture in PICTURES:
                if not re.search(only, picture.name):
                    continue
                if picture.person not in contexts:
                    contexts[picture.person] = signed_in(browser, address, picture.person, variant)
                data = take(contexts[picture.person], address, picture)
                file = FOLDER / f"{picture.name}-{'-'.join(variant)}.webp"
                file.write_bytes(data)
                print(f"{file.relative_to(ROOT)}  {len(data) // 1024} KB", flush=True)
            for context in contexts.values():
                context.close()
        browser.close()
