"""Printed on A4: tables stay tables, nothing is cut off, and what was typed stands there as text."""

import re

import pytest

from funnel.selectors.lead_columns import ON_PAGE
from funnel.services.saved_views import choose_columns
from smarketing.accounts.enums import Role

from .conftest import Watched
from .test_lead_list import DESKTOP
from .world import World

PAPER = {"width": 718, "height": 1047}
"""A4 with margins of a centimetre, in CSS pixels: as narrow as what stacks tables on a screen."""

TURNED = {"width": PAPER["height"], "height": PAPER["width"]}
SHEETS = re.compile(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]")
DISPLAY = "selector => getComputedStyle(document.querySelector(selector)).display"
CUT_OFF = """() => [...document.querySelectorAll("main .data")].filter(
  table => table.getBoundingClientRect().right > document.documentElement.clientWidth).length"""
BORDERS = """() => [...document.querySelectorAll("#plan .field input, #plan .field select")].filter(
  one => getComputedStyle(one).borderTopWidth !== "0px").length"""
BLANKS = """() => [...document.querySelectorAll("#plan .field")].filter(
  one => one.querySelector("[name^=reason_]:placeholder-shown") && one.checkVisibility()).length"""


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_tables_are_printed_as_tables_and_a_plan_as_text(watched: Watched, world: World) -> None:
    page = watched.page
    watched.become(world.people[Role.ADMIN])
    page.set_viewport_size(PAPER)
    watched.open("/leads/?all=1")
    assert page.evaluate(DISPLAY, "main table.stack tbody tr") != "table-row"
    page.emulate_media(media="print")
    shown = [page.evaluate(DISPLAY, f"main {one}") for one in ("table.stack tbody tr", ".bulk-bar")]
    assert (shown, page.evaluate(CUT_OFF)) == (["table-row", "none"], 0)
    watched.open(f"/agreement/{world.agreement_id}/plan/")
    assert [page.evaluate(script) for script in (BORDERS, BLANKS, CUT_OFF)] == [0, 0, 0]
    page.emulate_media(media="screen")
    assert page.evaluate(BORDERS) > 0 and page.evaluate(BLANKS) > 0
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_for_a_table_of_many_columns_the_sheet_is_turned(watched: Watched, world: World) -> None:
    page, reader = watched.page, world.people[Role.ADMIN]
    watched.become(reader)
    for columns, is_turned in ((["stage", "grade"], False), ([column.key for column in ON_PAGE], True)):
        choose_columns(actor=reader, columns=columns)
        watched.open("/leads/?all=1")
        sheets = SHEETS.findall(page.pdf(format="A4", prefer_css_page_size=True))
        assert sheets and {float(width) > float(height) for width, height in sheets} == {is_turned}
    page.set_viewport_size(TURNED)
    page.emulate_media(media="print")
    assert (page.evaluate(DISPLAY, "main table.stack tbody tr"), page.evaluate(CUT_OFF)) == ("table-row", 0)
    assert watched.complaints == []
