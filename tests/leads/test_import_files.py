"""Files as people have them: encodings, delimiters, broken rows, workbooks, and what is none."""

import io
import zipfile
from datetime import date

import pytest

from leads.errors import UnusableTable
from leads.models import Import, ImportRow
from leads.rules.cells import inert, plain
from leads.rules.importing import amount, guess, header_key, header_names
from leads.services import table_files
from tests.leads.imports import FAIR, checked, outcomes, reasons, uploaded, workbook

pytestmark = pytest.mark.django_db


def cells(content: str | bytes) -> list[list[str]]:
    imported = uploaded(content)
    rows = ImportRow.objects.filter(imported=imported).order_by("number")
    return [imported.header, *(row.cells for row in rows)]


@pytest.mark.parametrize(
    "content",
    [
        "email;name\nana@x.example;García\n".encode("utf-8-sig"),
        "email;name\nana@x.example;García\n".encode("cp1252"),
        "email\tname\nana@x.example\tGarcía\n".encode(),
        "email,name\r\nana@x.example,García\r\n".encode("utf-16"),
        '"email"|"name"\n"ana@x.example"|"García"'.encode(),
        workbook(["email", "name"], ["ana@x.example", "García"]),
    ],
)
def test_every_usual_spelling_is_one_table(content: bytes) -> None:
    assert cells(content) == [["email", "name"], ["ana@x.example", "García"]]


def test_quoted_line_breaks_delimiters_and_quotes_stay_in_their_cell() -> None:
    assert cells('"name, first",note\n"A, ""B""","one\ntwo"\n')[1:] == [['A, "B"', "one\ntwo"]]


def test_a_row_says_the_line_it_begins_on() -> None:
    imported = uploaded('email,note\n\na@x.example,"one\ntwo"\nb@x.example,\n')
    assert list(imported.rows.values_list("number", flat=True)) == [3, 5]


def test_ragged_rows_and_nul_are_reported_by_line() -> None:
    imported = checked("email,name\na@x.example\nb@x.example,B,x\nc@x.example,C\nd@x.example,\x00\n")
    assert (outcomes(imported), reasons(imported)) == (
        ["failed", "failed", "new", "failed"],
        [(2, ""), (3, ""), (5, "")],
    )


def test_a_stray_quotation_mark_is_told_and_swallows_no_row_quietly() -> None:
    content = 'email,name\na@x.example,"A" B\nb@x.example,B\nc@x.example,"C\nd@x.example,D\n'
    imported = checked(content)
    assert (outcomes(imported), reasons(imported)) == (["failed", "new", "failed"], [(2, ""), (4, "")])

    assert all("double it" in str(row.problems) for row in imported.rows.filter(number=2))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.7\n\xe2\xe3", "This is a PDF or a picture"),
        (b"\x89PNG\r\n\x1a\n\x81", "This is a PDF or a picture"),
        (b"email,name\x81\n", "The characters cannot be read"),
        (b"email,name\na@x.example," + b"x" * 9000 + b"\x81\n", "The characters from here on cannot be read"),
        (b"em\x00ail\na@x.example\n", "The characters cannot be read"),
    ],
)
def test_what_is_no_table_is_told_without_words_of_programmers(content: bytes, told: str) -> None:
    try:
        said = str(list(checked(content).rows.values_list("problems", flat=True)))
    except UnusableTable as error:
        said = str(error)
    assert told in said and "codec" not in said


def test_columns_without_a_name_and_of_one_name_are_told_apart() -> None:
    assert header_names(["mail", "", "mail", "mail", "x" * 80]) == [
        "mail",
        "Column 2",
        "mail (2)",
        "mail (3)",
        "x" * 64,
    ]


def test_headers_are_understood_in_both_languages() -> None:
    names = ["Correo electrónico", "NOMBRE", "Apellidos", "job_title", "Teléfono", "Compañía", "País", "Blah"]
    assert guess(names, []) == [
        "email",
        "first_name",
        "last_name",
        "job_title",
        "phone",
        "company_name",
        "country",
        "",
    ]


def test_a_column_of_addresses_is_known_by_its_looks() -> None:
    assert guess(["A", "B"], [["x", "ana@x.example"], ["y", ""]]) == ["", "email"]


def test_the_order_of_columns_and_our_own_do_not_change_what_is_remembered() -> None:
    assert header_key(["Mail", "Name"]) == header_key(["name", "E_mail".replace("E_", ""), "import_line"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1.200.000,50 €", "1200000.50"),
        ("1,200,000.50", "1200000.50"),
        ("1200000.5", "1200000.5"),
        ("1.200", "1200"),
        ("12", "12"),
        ("1.2,3,4", "1.2,3,4"),
    ],
)
def test_amounts_are_read_as_they_are_written(text: str, told: str) -> None:
    assert amount(text) == told


@pytest.mark.parametrize("text", ["=1+1", "+34 600", "-x", "@x", "'quoted", "plain"])
def test_a_cell_made_inert_comes_back_as_it_was(text: str) -> None:
    assert plain(inert(text)) == text


def test_values_of_a_workbook_are_what_somebody_would_type() -> None:
    content = workbook(
        ["email", "n", "day", "yes", "part"], ["a@x.example", 34600111222.0, date(2026, 1, 2), True]
    )
    assert cells(content)[1] == ["a@x.example", "34600111222", "2026-01-02", "true", ""]


def test_a_file_is_known_by_its_content_not_by_its_name() -> None:
    assert uploaded(workbook(["email"], ["a@x.example"]), name="fair.csv").details == {"sheet": "Sheet"}
    assert uploaded(FAIR, name="fair.xlsx").details == {"encoding": "utf-8", "delimiter": ","}


def bomb(part: str, size: int) -> bytes:
    file = io.BytesIO(workbook(["email"], ["a@x.example"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, b" " * size)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("readme.txt", "no workbook")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"email,name\n",
        b",,\na,b,c\n",
        b"email\n\x81\x8d\n",
        b"\xd0\xcf\x11\xe0 old excel",
        archive(),
        workbook(["email"], ["a@x.example"])[:-200],
        workbook(),
        ",".join(f"c{n}" for n in range(201)).encode() + b"\n" + b"," * 200,
    ],
)
def test_what_is_no_table_is_refused_whole(content: bytes) -> None:
    with pytest.raises(UnusableTable):
        uploaded(content)
    assert Import.objects.count() == ImportRow.objects.count() == 0


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MOST_SHARED", 1_000_000)
    with pytest.raises(UnusableTable):
        uploaded(bomb("xl/sharedStrings2.xml", 1_100_000))


def changed_sheet(*changes: tuple[bytes, bytes]) -> bytes:
    """A workbook of one address, its sheet rewritten."""
    file = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(workbook(["email"], ["a@x.example"])))
    with old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            for before, after in changes if name.startswith("xl/worksheets/") else ():
                assert before in text
                text = text.replace(before, after, 1)
            new.writestr(name, text)
    return file.getvalue()


def test_entities_that_grow_are_refused() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    kind = f'<!DOCTYPE worksheet [<!ENTITY a0 "aaaaaaaaaa">{entities}]><worksheet'
    with pytest.raises(UnusableTable):
        uploaded(changed_sheet((b"<worksheet", kind.encode()), (b"a@x.example", b"&a9;")))


def test_a_sheet_that_claims_a_row_far_below_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MOST_SHEET_ROWS", 50)
    with pytest.raises(UnusableTable):
        uploaded(changed_sheet((b'<row r="2"', b'<row r="999999999"'), (b'r="A2"', b'r="A999999999"')))


def test_more_rows_than_agreed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MOST_SHEET_ROWS", 2)
    with pytest.raises(UnusableTable):
        uploaded(workbook(["email"], ["a"], ["b"], ["c"]))
