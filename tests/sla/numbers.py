"""Numbers on a page that are links, and how many things each of them opens."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

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


def opened(client: Client, address: str) -> int:
    """How many rows the list behind a number has, over all its pages, and how many it says it may not
    show."""
    context = client.get(address).context
    return int(context["page"].paginator.count) + context.get("out_of_sight", 0)
