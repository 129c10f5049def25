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
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, FilePayload, sync_playwright

from smarketing.demo.people import DOMAIN, PASSWORD
from tests.browser.conftest import FLAGS, PROGRAMS
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "screenshots"
READY_SECONDS = 900.0
QUALITY = 80
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}


Variant = tuple[str, str, str]
DESKTOP: Variant = ("desktop", "light", "en")
DARK: Variant = ("desktop", "dark", "es")
PHONE: Variant = ("phone", "light", "es")
DARK_PHONE: Variant = ("phone", "dark", "en")
VARIANTS = (DESKTOP, DARK, PHONE, DARK_PHONE)


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it, in some variants; ``link`` is followed from there first.

    ``path`` may hold ``{draft}``, ``{plan}`` or ``{import}``, which ``prepare`` makes.
    """

    name: str
    person: str
    path: str
    variants: tuple[Variant, ...] = (DESKTOP, PHONE)
    link: str = ""


PICTURES = (
    Picture("dashboard", "helena", "/dashboard/", VARIANTS),
    Picture("queue", "tom", "/queue/", VARIANTS),
    Picture("lead", "renata", "/leads/?stage=mql", VARIANTS, link="tbody th a"),
    Picture("leads", "clara", "/leads/", (DESKTOP, DARK_PHONE)),
    Picture("board", "clara", "/leads/board/", (DARK,)),
    Picture("opportunities", "oskar", "/opportunities/", (DESKTOP,)),
    Picture("team", "renata", "/team/", (DESKTOP, DARK_PHONE)),
    Picture("executive", "helena", "/executive/", (DARK, PHONE)),
    Picture("recycled", "clara", "/recycled/"),
    Picture("personas", "clara", "/personas/", (DARK,)),
    Picture("scoring", "renata", "/scoring/", (DARK, DARK_PHONE)),
    Picture("compare", "renata", "/scoring/{draft}/compare/", (DESKTOP,)),
    Picture("agreement", "renata", "{plan}"),
    Picture("import", "clara", "{import}", (DESKTOP, DARK_PHONE)),
    Picture("forms", "clara", "/forms/", (DESKTOP,)),
    Picture("form", "clara", "/forms/", (DARK,), link="tbody th a"),
    Picture("reminders", "renata", "/reminders/", (DARK,)),
    Picture("settings", "admin", "/settings/", (DESKTOP,)),
)
FAIR = """Name;Surname;E-mail;Company;Job title;Employees;Phone
Ana;García;ana.garcia@norte-logistica.example;Norte Logística;Directora general;240;+34 600 111 222
Jon;Etxeberria;jon@talleres-etxe.example;Talleres Etxe;Production manager;85;+34 600 333 444
Marta;Solà;msola@pallets-sola.example;Pallets Solà;CEO;310;+34 600 555 666
"""
"""What came home from a fair."""


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


def signed_in(browser: Browser, address: str, person: str, variant: Variant) -> BrowserContext:
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


def prepare(browser: Browser, address: str) -> dict[str, str]:
    """What the demo company has not: a draft of rules, the plan of a period, a file being imported."""
    context = signed_in(browser, address, "renata", DESKTOP)
    page = context.pages[0]
    page.goto(f"{address}/scoring/")
    page.click("text=Draft a change")
    draft = urlsplit(page.url).path.strip("/").split("/")[1]
    page.locator("a[aria-label^='Change the rule']").first.click()
    page.fill("[name=points]", "25")
    page.click("button:text-is('Save')")
    page.goto(f"{address}/agreement/new/")
    page.fill("[name=revenue]", "600000")
    for name, usual in (("sale", "24000"), ("rate_customer", "30")):  # nothing may have been won for long
        if not page.input_value(f"[name={name}]"):
            page.fill(f"[name={name}]", usual)
    page.click("#plan button.btn-primary:not([name])")
    page.wait_for_url(re.compile(r"/agreement/\d+/"))
    places = {"{draft}": draft, "{plan}": urlsplit(page.url).path}
    context.close()
    context = signed_in(browser, address, "clara", DESKTOP)
    page = context.pages[0]
    page.goto(f"{address}/imports/new/")
    file: FilePayload = {"name": "fair.csv", "mimeType": "text/csv", "buffer": FAIR.encode()}
    page.set_input_files("[type=file]", file)
    page.click("[data-upload-submit]")
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    places["{import}"] = urlsplit(page.url).path
    context.close()
    return places


def take(context: BrowserContext, address: str, picture: Picture, places: dict[str, str]) -> bytes:
    page, path = context.pages[0], picture.path
    for place, found in places.items():
        path = path.replace(place, found)
    page.goto(address + path)
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
        places = prepare(browser, address)
        taken = set()
        for variant in VARIANTS:
            contexts: dict[str, BrowserContext] = {}
            for picture in PICTURES:
                if variant not in picture.variants or not re.search(only, picture.name):
                    continue
                if picture.person not in contexts:
                    contexts[picture.person] = signed_in(browser, address, picture.person, variant)
                data = take(contexts[picture.person], address, picture, places)
                file = FOLDER / f"{picture.name}-{'-'.join(variant)}.webp"
                file.write_bytes(data)
                taken.add(file)
                print(f"{file.relative_to(ROOT)}  {len(data) // 1024} KB", flush=True)
            for context in contexts.values():
                context.close()
        if not only:  # pages that are no longer shown
            for file in set(FOLDER.glob("*.webp")) - taken:
                file.unlink()
        browser.close()
