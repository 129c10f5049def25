"""Numbers on a page that are links, and how many things each of them opens."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch
from urllib.parse import urljoin

from django.template import loader
from django.test import Client

LISTS = re.compile(
    r"^(\?|/leads/\?|/promises/\?|/opportunities/\?|/recycled/\?|/team/\d+/\?|/executive/\?|/disputes/\?"
    r"|/feedback/leads/\?|/agreement/\d+/measure/\d+/|/inbox/\?|/forms/\d+/submissions/\?)"
)
"""Addresses of lists that a number may open; everything else that is linked is a name."""
WHOLE = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})*(?![\d,.]*\d|\s?%)")


class Numbers(HTMLParser):
    """``found``: (address, number) of every link in the page's content that shows a number; the last
    one counts ("Given in 30 days 12")."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []
        self._address, self._text = "", ""
        self.feed(text.split("<main", 1)[1].split("</main", 1)[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._address, self._text = dict(attrs).get("href") or "", ""

    def handle_data(self, data: str) -> None:
        self._text += data if self._address else ""

    def handle_endtag(self, tag: str) -> None:
        if tag != "a":
            return
        numbers = WHOLE.findall(self._text)
        if LISTS.match(self._address) and numbers:
            self.found.append((self._address, int(numbers[-1].replace(",", ""))))
        self._address = ""


def numbers_of(client: Client, path: str) -> dict[str, int]:
    """By full address; a number that two links tell differently fails."""
    page = client.get(path)
    assert page.status_code == 200, path
    found: dict[str, int] = {}
    for address, number in Numbers(page.content.decode()).found:
        full = urljoin(path, address).split("#")[0]
        assert found.setdefault(full, number) == number, full
    return found


def listed(client: Client, addresses: Iterable[str]) -> dict[str, int]:
    """How many rows the list behind each number has, over all its pages, and how many it says it may
    not show. Of each list the first is drawn: the others differ in what they ask for."""
    found: dict[str, int] = {}
    drawn: set[str] = set()
    for address in addresses:
        path = address.partition("?")[0]
        if address not in found:
            found[address] = _rows(client, address, is_drawn=path not in drawn)
            drawn.add(path)
    return found


def _rows(client: Client, address: str, *, is_drawn: bool) -> int:
    contexts: list[Any] = []
    draw = loader.render_to_string

    def render(template: str, context: Any = None, *args: Any, **kwargs: Any) -> str:
        contexts.append(context)
        return draw(template, context, *args, **kwargs) if is_drawn else ""

    with patch.object(loader, "render_to_string", render):
        answer = client.get(address)
    assert answer.status_code == 200, address
    context = next(one for one in contexts if one and "page" in one)
    return int(context["page"].paginator.count) + context.get("out_of_sight", 0)
