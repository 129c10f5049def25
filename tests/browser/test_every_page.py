"""Every page in a real browser: it complains of nothing, is accessible, and shows markup as text."""

import pytest

from smarketing.accounts.enums import Role

from .conftest import Watched
from .pages import NOBODY, PAGES, Page
from .world import PAYLOADS, World

pytestmark = pytest.mark.django_db(transaction=True)

VARIANTS = {
    "en-light-desktop": {"locale": "en-GB"},
    "es-dark-phone": {
        "locale": "es-ES",
        "color_scheme": "dark",
        "viewport": {"width": 390, "height": 844},
    },
}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"runOnly": WCAG, "resultTypes": ["violations"]}
OBJECTIONS = """async (options) => {
    if (!window.axe) window.bringAxe();
    const {violations} = await window.axe.run(options);
    return violations.map(found => `${found.id}: ${found.nodes[0].html}`);
}"""
INJECTED = "document.querySelectorAll('img[src=x], [onerror], a[href^=\"javascript:\"], body script').length"


def violations(watched: Watched) -> list[str]:
    """What axe objects to, each with the first element it means."""
    watched.can_bring_axe()
    found: list[str] = watched.page.evaluate(OBJECTIONS, AXE_OPTIONS)
    return found


def overflow(watched: Watched) -> int:
    return watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


AT_ONCE = 14
"""Pages to a test: the world is built once for all of them, and workers still share the pages out."""

BATCHES = [PAGES[start : start + AT_ONCE] for start in range(0, len(PAGES), AT_ONCE)]
FINE: dict[str, object] = {
    "overflow": 0,
    "violations": [],
    "markup": 0,
    "lead is missing": False,
    "heard": [],
}


def shows_a_payload(watched: Watched) -> bool:
    text = watched.page.text_content("main") or ""
    return any(payload in text for payload in PAYLOADS)


def look_at(watched: Watched, world: World, page: Page) -> dict[str, object]:
    """What is to be said of a page, opened as the first of its roles."""
    watched.become(world.people.get(page.roles[0]))  # type: ignore[call-overload]
    watched.complaints.clear()
    return {
        "status": watched.open(page.address(world)),
        "overflow": overflow(watched),
        "violations": violations(watched),
        "markup": watched.page.evaluate(INJECTED),
        "lead is missing": page.shows_leads and not shows_a_payload(watched),
        "heard": watched.heard(page.status),
    }


@pytest.mark.parametrize("watched", VARIANTS.values(), indirect=True, ids=VARIANTS)
@pytest.mark.parametrize("pages", BATCHES, ids=lambda pages: f"{pages[0].path} to {pages[-1].path}")
def test_pages_are_accessible_show_markup_as_text_and_complain_of_nothing(
    watched: Watched, world: World, pages: tuple[Page, ...]
) -> None:
    seen = {page.path: look_at(watched, world, page) for page in pages}
    assert seen == {page.path: {"status": page.status, **FINE} for page in pages}


@pytest.mark.parametrize("role", Role)
def test_each_other_role_opens_its_pages(watched: Watched, world: World, role: Role) -> None:
    """Other than the first of a page, who has looked at it closely."""
    watched.become(world.people[role])
    mine = [page for page in PAGES if role in page.roles and role != page.roles[0]]
    answers = {page.path: watched.open(page.address(world)) for page in mine}
    assert answers == {page.path: page.status for page in mine}
    assert watched.heard(404) == []


def test_markup_in_a_lead_can_be_read(watched: Watched, world: World) -> None:
    watched.become(world.people[Role.MARKETER])
    watched.open(f"/leads/{world.lead_id}/")
    text = watched.page.inner_text("main")
    assert [payload for payload in PAYLOADS if payload not in text] == []


def test_the_harness_hears_what_is_wrong(watched: Watched, world: World) -> None:
    watched.open("/sign-in/")
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    watched.page.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in watched.heard())
    assert any(found.startswith("image-alt") for found in violations(watched))


def test_everybody_is_somebody_in_the_registry() -> None:
    assert {role for page in PAGES for role in page.roles} == {*Role, NOBODY}
