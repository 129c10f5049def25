"""The list and the board of leads in a real browser: filtered, sorted, kept, exported, decided, dragged."""

import io

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from funnel.enums import Stage
from funnel.models import BulkJob, Journey, SavedView
from leads.models import Lead, Persona
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey

from .conftest import Watched

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"locale": "en-GB"}
PHONE = {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


def names(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in page.locator("main tbody th a").all_inner_texts()]


@pytest.mark.parametrize("watched", [DESKTOP, PHONE], indirect=True, ids=["desktop-en", "phone-es-dark"])
def test_a_list_is_filtered_sorted_kept_exported_and_decided(watched: Watched) -> None:
    for name, fit in (("Ana", 30), ("Bo", 90), ("Íñigo", 60), ("Zoe", 10)):
        make_journey(lead=bare_lead(first_name=name, country="ES", fit=fit))
    chief = Persona.objects.create(name="Chief")
    page = watched.page
    watched.become(make_user(role=Role.MARKETER))
    watched.open("/leads/")
    page.click(".more-filters summary")
    page.fill("[name=fit_min]", "20")
    watched.follow(".filters-go button")
    expect(page.locator(".chip")).to_have_count(1)
    page.click(".list-tools details:has(input[name=column]) summary")
    page.check("input[name=column][value=fit]")
    watched.follow(".list-tools input[type=submit]:visible")
    page.click(".list-tools details:first-child summary")  # the heads of the table are not on a phone
    watched.follow(".list-tools nav a[href$='sort=-fit']")
    assert names(page) == ["Bo", "Íñigo", "Ana"]
    assert page.get_attribute("th[aria-sort]", "aria-sort") == "descending"
    page.click(".list-tools details:has(#view-name) summary")
    page.fill("#view-name", "Hot")
    watched.follow(".list-tools details:has(#view-name) input[type=submit]")
    assert (page.inner_text("h1"), names(page)) == ("Hot", ["Bo", "Íñigo", "Ana"])
    assert SavedView.objects.get(name="Hot").query == "fit_min=20&sort=-fit"
    page.click(".page-actions details summary")
    with page.expect_download() as download:
        page.click("a[href*='export.xlsx']")
    rows = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert [row[0] for row in rows.iter_rows(min_row=2, values_only=True)] == ["Bo", "Íñigo", "Ana"]
    page.check("tbody tr:nth-child(1) input[name=journey]")
    page.check("tbody tr:nth-child(3) input[name=journey]")
    expect(page.locator("[data-choose-count]")).to_have_text("2 / 3")
    page.select_option("#bulk-action", "persona")
    watched.follow(".bulk-bar button")
    assert "2" in page.inner_text("main button.btn-primary")
    assert Lead.objects.filter(persona=chief).count() == 0
    page.select_option("[name=persona_id]", str(chief.pk))
    watched.follow("main button.btn-primary")
    assert BulkJob.objects.get().succeeded == 2
    assert {lead.first_name for lead in Lead.objects.filter(persona=chief)} == {"Bo", "Ana"}
    watched.open(f"/leads/?view={SavedView.objects.get(name='Hot').pk}&fit_min=20")
    watched.follow(".chip")
    assert len(names(page)) == 4
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_a_card_is_dragged_or_moved_by_keyboard(watched: Watched) -> None:
    dragged = make_journey(Stage.ENGAGED, lead=bare_lead(first_name="Ana"))
    typed = make_journey(Stage.ENGAGED, lead=bare_lead(first_name="Bo"))
    page = watched.page
    watched.become(make_user(role=Role.MARKETER))
    watched.open("/leads/board/")
    page.locator(".lane-card", has_text="Ana").drag_to(page.locator("[data-lane=sql]"))
    page.wait_for_selector("#toasts[aria-live] :text('it goes to MQL first')")
    assert page.locator("[data-lane=engaged] .lane-card", has_text="Ana").count() == 1
    page.locator(".lane-card", has_text="Ana").drag_to(page.locator("[data-lane=mql]"))
    page.fill("#dialog textarea", "Asked for an offer.")
    watched.follow("#dialog button.btn-primary")
    assert Journey.objects.get(pk=dragged.pk).stage == Stage.MQL
    menu = page.locator(".lane-card", has_text="Bo").locator("summary")
    menu.focus()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#dialog :text('it goes to MQL first')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".lane-card summary:focus")
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    page.locator("#dialog textarea").focus()
    page.keyboard.type("Called us.")
    page.locator("#dialog button.btn-primary").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Journey.objects.get(pk=typed.pk).stage == Stage.MQL
    assert page.locator("[data-lane=mql] .lane-card").count() == 2
    assert watched.complaints == []
