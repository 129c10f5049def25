"""The product in Spanish: no text is forgotten, and it says the words of the domain.

Reads the marked texts without GNU gettext, so that a forgotten translation fails on any machine.
"""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polib
import pytest
from django.core import mail as post
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from funnel.enums import Reason, Stage, Status
from leads.models import Lead
from sla.services.engine import tick
from smarketing import catalogs
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.ladders import MONDAY, make_chain, make_ladders

ROOMS = ("smarketing", "leads", "funnel", "sla", "templates")
CATALOG = catalogs.ROOT / "locale/es/LC_MESSAGES/django.po"

Text = tuple[str, str]
"""Context (mostly empty) and original of one marked text."""

CALL = re.compile(r"\b(n?p?gettext|_)\(((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:, )?)+)")
"""What `templatize` makes of a marked text; everything else it blanks out."""


def text_of(name: str, values: list[str]) -> Text:
    """``name`` is the function's; with a p in it, its first argument is the context."""
    return (values[0], values[1]) if "pgettext" in name else ("", values[0])


def texts_of_code(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        values = [value for value in literals if isinstance(value, str)]
        if (name == "_" or "gettext" in name) and values:
            yield text_of(name, values)


def texts_of_template(source: str) -> Iterator[Text]:
    for name, literals in CALL.findall(templatize(source)):
        yield text_of(name, list(ast.literal_eval(f"({literals.rstrip(', ')},)")))


def texts_of(file: Path) -> Iterator[Text]:
    read = texts_of_code if file.suffix == ".py" else texts_of_template
    return read(file.read_text())


def marked() -> set[Text]:
    files = (file for room in ROOMS for file in (catalogs.ROOT / room).rglob("*"))
    return {text for file in files if file.suffix in {".py", ".html", ".txt"} for text in texts_of(file)}


def translated() -> set[Text]:
    entries = polib.pofile(str(CATALOG)).translated_entries()
    return {(entry.msgctxt or "", entry.msgid) for entry in entries}


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('_("a" "b")', [("", "ab")]),
        ('translation.gettext_lazy("it\'s")', [("", "it's")]),
        ('ngettext("one", "many", 2)', [("", "one")]),
        ('pgettext("month", "May")', [("month", "May")]),
        ('for _ in "ab": print("c")', []),
    ],
)
def test_marks_in_code_are_read(source: str, texts: list[Text]) -> None:
    assert list(texts_of_code(source)) == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("<p>x {% translate 'It\"s' %}, _('x')</p>", [("", 'It"s')]),
        ('{% translate "May" context "month" %}', [("month", "May")]),
        ('{% blocktranslate %}{{ a }} % of "b"{% endblocktranslate %}', [("", '%(a)s %% of "b"')]),
        ("{% blocktranslate count n=n %}one{% plural %}{{ n }}{% endblocktranslate %}", [("", "one")]),
        ('{% include "a.html" with b=_("c") %}', [("", "c")]),
    ],
)
def test_marks_in_templates_are_read(source: str, texts: list[Text]) -> None:
    assert list(texts_of_template(source)) == texts


def test_texts_are_marked_by_names_that_are_found() -> None:
    """xgettext knows gettext's own names and `_`; by another alias a text is never translated."""
    aliases = re.compile(r"gettext(?:_lazy|_noop)? as (?!_\b)\w+")
    code = [file for room in ROOMS for file in (catalogs.ROOT / room).rglob("*.py")]
    assert [file for file in code if aliases.search(file.read_text())] == []


def test_every_marked_text_is_translated() -> None:
    assert sorted(marked() - translated()) == []


def test_the_catalog_holds_nothing_that_is_gone() -> None:
    assert sorted(translated() - marked()) == []


@pytest.fixture
def reader(client: Client) -> Client:
    """A manager whose browser chose Spanish."""
    client.force_login(make_user(role=Role.MANAGER))
    client.cookies["django_language"] = "es"
    return client


@pytest.mark.django_db
def test_the_funnel_names_its_stages_in_spanish(reader: Client) -> None:
    make_journey(Stage.CUSTOMER)
    report = reader.get("/funnel/").context["report"]
    with translation.override("es"):
        assert [str(row.stage.label) for row in report.stages] == [
            "Nuevo nombre",
            "Comprometido",
            "Objetivo",
            "MQL",
            "SQL",
            "Oportunidad",
            "Cliente",
        ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/funnel/", ["Un solo embudo", "Nuevo nombre", "Devuelto a marketing", "Sin presupuesto"]),
        ("/leads/", ["Prospectos", "Etapa", "Calificación", "1 prospecto"]),
        ("/leads/{lead}/", ["Adecuación A–C", "El compromiso", "Qué ocurrió"]),
        ("/reminders/", ["Recordatorios", "Compromiso", "Persona avisada"]),
    ],
)
def test_pages_say_the_words_of_the_domain(reader: Client, path: str, words: list[str]) -> None:
    journey = make_journey(Stage.SQL, Status.RECYCLED, reason=Reason.NO_BUDGET)
    Lead.objects.update(grade="B2")
    page = reader.get(path.format(lead=journey.lead_id))
    assert [word for word in words if word not in page.content.decode()] == []


def first_lines(*, minutes: int, step: tuple[int, list[str]], many: int = 1) -> list[str]:
    """Subject and first line of the first mail that promises due on Monday bring to Spanish readers."""
    rep, boss, _ = make_chain(language="es", first_name="Eva", last_name="Sol")
    User.objects.filter(pk=boss.pk).update(language="es")
    clocks = make_ladders([rep] * many, steps=[step])
    Lead.objects.filter(pk=clocks[0].lead_id).update(first_name="Ana", last_name="Gil")
    tick(at=MONDAY + timedelta(minutes=minutes))
    message = post.outbox[0]
    return [str(message.subject), str(message.body).splitlines()[0]]


@pytest.mark.django_db
def test_a_late_reminder_reads_in_spanish() -> None:
    assert first_lines(minutes=7, step=(0, ["rep"])) == [
        "Ana Gil está esperando: 7 minutos de retraso",
        "Ana Gil espera su atención: lleva 7 minutos más de lo comprometido.",
    ]


@pytest.mark.django_db
def test_a_warning_reads_in_spanish() -> None:
    assert first_lines(minutes=-2, step=(-2, ["rep"])) == [
        "Ana Gil está esperando; tiempo restante: 2 minutos",
        "Ana Gil está esperando; tiempo restante: 2 minutos.",
    ]


@pytest.mark.django_db
def test_the_boss_reads_in_spanish_whose_prospect_it_is() -> None:
    assert first_lines(minutes=1, step=(0, ["boss"])) == [
        "Ana Gil está esperando a Eva Sol: 1 minuto de retraso",
        "Ana Gil espera la atención de Eva Sol: lleva 1 minuto más de lo comprometido.",
    ]


@pytest.mark.django_db
def test_a_digest_reads_in_spanish() -> None:
    assert first_lines(minutes=1, step=(0, ["rep"]), many=3)[0] == "3 prospectos están esperando"
