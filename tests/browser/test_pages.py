"""Ways through the pages in a real browser."""

import pytest
from playwright.sync_api import expect

from smarketing.accounts.models import User

from .conftest import Watched
from .world import World

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"locale": "en-GB"}


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_a_number_of_the_funnel_leads_to_the_lead(watched: Watched, world: World) -> None:
    watched.sign_in("marketer@example.com")
    watched.open("/funnel/")
    watched.page.click(".zone-middle a.count")
    watched.page.click("tbody th a")
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.url.endswith(f"/leads/{world.lead_id}/")
    assert "First contact" in watched.page.inner_text("section[aria-labelledby=promise-title]")


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_everything_can_be_reached_without_scripts(watched: Watched, world: World) -> None:
    watched.sign_in("marketer@example.com")
    watched.open("/leads/?q=ana%40acme")
    watched.page.click("tbody th a")
    promise = watched.page.inner_text("section[aria-labelledby=promise-title]")
    assert [words in promise for words in ("First contact", "Contact them for the first time")] == [True] * 2
    watched.page.click("section[aria-labelledby=similar-title] a")
    watched.page.wait_for_url("**/similar/")
    assert "Nobody else" in watched.page.inner_text("main")


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_language_and_appearance_are_chosen_in_the_menu(watched: Watched, world: World) -> None:
    watched.sign_in("marketer@example.com")
    watched.page.click("details.menu summary")
    watched.page.click("button[data-theme=dark]")
    assert watched.page.get_attribute("html", "data-bs-theme") == "dark"
    html = watched.page.locator("html")
    watched.page.emulate_media(media="print")
    expect(html).to_have_attribute("data-bs-theme", "light")  # paper is white
    watched.page.emulate_media(media="screen")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    watched.page.click("button[lang=es]")
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.get_attribute("html", "lang") == "es"
    assert User.objects.get(email="marketer@example.com").language == "en"
    assert watched.complaints == []
