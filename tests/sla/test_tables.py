"""A table of numbers as HTML: it says what its rows say, whatever stands in them."""

from html.parser import HTMLParser

import pytest
from django.template import Context, Template

from sla.templatetags.tables import table_body
from sla.views.tables import Cell, Row, Table

HEAD = ["Rep", "Kept, %", "Kept", "Standing"]


class Reader(HTMLParser):
    """What is in a table: the text of each cell by row, and attributes by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.found: dict[str, list[dict[str, str | None]]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append(dict(attrs))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def table(*rows: Row, head: list[str] = HEAD) -> Table:
    return Table("groups", "By rep", head, list(rows))


def row(name: str = "Ada", **cell: object) -> Row:
    return Row(Cell(name), [Cell(75, "75 %", **cell), Cell(3), Cell("Kept")])  # type: ignore[arg-type]


def test_every_cell_says_what_its_row_says() -> None:
    read = Reader(table_body(table(row(), row("Bo"))))
    assert read.rows == [HEAD, ["Ada", "75 %", "3", "Kept"], ["Bo", "75 %", "3", "Kept"]]


def test_whatever_stands_in_it_is_text() -> None:
    payload = '<img src=x onerror="alert(1)">'
    html = table_body(table(row(payload, url='/leads/?q="><b>'), head=[*HEAD[:3], payload]), within='"><b>')
    read = Reader(html)
    assert ("img" in read.found, "b" in read.found, read.rows[1][0]) == (False, False, payload)
    assert read.found["a"] == [{"href": '/leads/?q="><b>'}]


def test_a_share_is_drawn_with_the_line_of_the_plan() -> None:
    bars = Reader(table_body(table(row(share=75, mark=90)), bars=True)).found["rect"]
    assert [(bar.get("x"), bar["width"]) for bar in bars] == [(None, "75.00"), ("90.00", ".8")]


def test_nothing_is_not_the_word_none() -> None:
    read = Reader(table_body(table(Row(Cell("Ada"), [Cell(None), Cell(0), Cell(None, "–")]))))
    assert read.rows[1] == ["Ada", "", "0", "–"]


@pytest.mark.parametrize(
    ("columns", "look", "stacks"),
    [
        (3, {}, False),
        (4, {}, True),
        (2, {"bars": True}, False),
        (3, {"bars": True}, True),
        (2, {"bars": True, "money": True}, True),
    ],
)
def test_on_a_phone_rows_of_many_columns_are_stacked_and_each_cell_named(
    columns: int, look: dict[str, bool], stacks: bool
) -> None:
    one = table(Row(Cell("Ada"), [Cell(1)] * (columns - 1)), head=HEAD[:columns])
    read = Reader(table_body(one, **look))
    names = [cell.get("data-label") for cell in read.found["td"]]
    assert names == (HEAD[1:columns] if stacks else [None] * (columns - 1))
    assert ("stack" in str(read.found["table"][0]["class"]).split()) is stacks


def test_the_region_is_named_by_the_tables_heading_and_that_of_its_part() -> None:
    page = Template("{% load tables %}{% table_body table within=heading %}")
    html = page.render(Context({"table": table(row()), "heading": "promise-1"}))
    assert Reader(html).found["div"][0]["aria-labelledby"] == "promise-1 table-groups"


def test_a_sum_stands_out() -> None:
    rows = Reader(table_body(table(Row(Cell("All"), [Cell(1)] * 3, strong=True)))).found["tr"]
    assert [one.get("class") for one in rows] == [None, "is-sum"]
