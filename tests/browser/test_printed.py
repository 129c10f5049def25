"""Printed on A4: tables stay tables, nothing is cut off, and what was typed stands there as text."""

import pytest

from smarketing.accounts.enums import Role

from .conftest import Watched
from .test_lead_list import DESKTOP
from .world import World

PAPER = {"width": 718, "height": 1047}
"""A4 with margins of a centimetre, in CSS pixels: as narrow as what stacks tables on a screen."""
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
