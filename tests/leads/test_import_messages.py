"""Why a row was left out or kept is told in the language of whoever reads it, not of who checked it."""

import csv
import io
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import override

from leads.models import Import, ImportRow
from leads.services.import_checking import check_some
from leads.services.leads import update_lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_lead
from tests.leads.imports import LATER, checked, marketer, ran, undo

pytestmark = pytest.mark.django_db

FILE = """email,nombre,plantilla
no,Ana,9
a@x.example,Eva
a@x.example,Ana,9
a@x.example,Eva,9
b@x.example,Eva,x
"""
"""Rows with an address that is none, too few cells, nothing wrong, an earlier row's address, no number."""

ENGLISH = [
    "email: “no” is not an e-mail address; one looks like name@company.com.",
    "2 cells instead of 3.",
    "Already in line 4 of this file.",
    "plantilla: A whole number is needed here.",
]
SPANISH = [
    "email: «no» no es una dirección de correo; se escribe como nombre@empresa.com.",
    "2 celdas en lugar de 3.",
    "Ya figura en la línea 4 de este archivo.",
    "plantilla: Aquí se necesita un número entero.",
]
TOLD = {"en": ENGLISH, "es": SPANISH}
LANGUAGES = pytest.mark.parametrize(("theirs", "ours"), [("es", "en"), ("en", "es")])


def person(language: str) -> Any:
    return make_user(role=Role.MARKETER, language=language)


def reader(language: str) -> Client:
    client = Client()
    client.force_login(person(language))
    client.cookies["django_language"] = language
    return client


def listed(imported: Import, language: str) -> list[str]:
    rows = reader(language).get(f"/imports/{imported.pk}/").context["faulty"]
    return [f"{one.column}: {one.why}" if one.column else str(one.why) for row in rows for one in row.faults]


def filed(imported: Import, language: str, kind: str) -> list[dict[str, str]]:
    answer: Any = reader(language).get(f"/imports/{imported.pk}/{kind}.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def checked_again(imported: Import) -> Import:
    Import.objects.filter(pk=imported.pk).update(status="checking", last_number=0, done=0, counts={})
    assert check_some(import_id=imported.pk, rows=9) is False
    return imported


def checked_by(language: str) -> Import:
    with override(language):
        return checked(FILE, actor=person(language))


@LANGUAGES
def test_the_page_tells_problems_in_the_readers_language(theirs: str, ours: str) -> None:
    imported = checked_by(theirs)
    assert (listed(imported, ours), listed(imported, theirs)) == (TOLD[ours], TOLD[theirs])


@LANGUAGES
def test_so_do_the_error_file_and_the_report(theirs: str, ours: str) -> None:
    imported = checked_by(theirs)
    errors = [row["import_problem"] for row in filed(imported, ours, "errors")]
    report = [row["problems"] for row in filed(imported, ours, "report") if row["problems"]]
    assert (errors, report) == (TOLD[ours], TOLD[ours])


@LANGUAGES
def test_problems_of_the_run_are_told_in_the_readers_language(
    theirs: str, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.services.import_running.score_lead", None)
    with override(theirs):
        imported = ran("email\na@x.example\n", actor=person(theirs))
    told = {
        "en": "This could not be recorded; it is in our log.",
        "es": "No se pudo registrar; consta en nuestro registro de errores.",
    }
    assert listed(imported, ours) == [told[ours]]


@LANGUAGES
def test_why_undoing_kept_a_row_names_its_columns_in_the_readers_language(theirs: str, ours: str) -> None:
    lead = make_lead(email="ana@acme.example")
    with override(theirs):
        imported = ran("email,nombre,Turno\nana@acme.example,Ana,noche\n", actor=person(theirs))
        changes = {"first_name": "Eva", "custom": {"Turno": "tarde"}}
        update_lead(lead_id=lead.pk, changes=changes, actor=marketer(), at=LATER)
        undo(imported)
    told = {"en": "Changed since: First name, Turno", "es": "Cambiado desde entonces: Nombre, Turno"}
    assert [row["why_kept"] for row in filed(imported, ours, "report")] == [told[ours]]
    assert told[ours] in reader(ours).get(f"/imports/{imported.pk}/").content.decode()


def test_a_value_that_looks_like_a_place_for_one_stays_as_it_is() -> None:
    imported = checked("email\n50%(text)s%\n")
    assert filed(imported, "en", "errors")[0]["import_problem"] == (
        "email: “50%(text)s%” is not an e-mail address; one looks like name@company.com."
    )


def test_problems_that_were_stored_as_finished_texts_stay_as_they_are() -> None:
    imported = checked_by("en")
    old = "Esto ya no es 100% válido: %(n)d."
    ImportRow.objects.filter(number=2).update(problems=[{"column": "email", "value": "no", "why": old}])
    assert listed(imported, "en")[0] == f"email: {old}"
    assert filed(imported, "en", "errors")[0]["import_problem"] == f"email: {old}"


def test_the_migration_keeps_finished_texts_and_comes_back() -> None:
    """Backwards, a message is left as its English words."""
    migration = import_module("leads.migrations.0026_messages_of_import_rows")
    imported = checked_by("en")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.BACKWARDS)
        cursor.execute("SELECT fault FROM leads_importrow ORDER BY number LIMIT 3")
        assert cursor.fetchall() == [("",), ("%(found)d cells instead of %(wanted)d.",), ("",)]
        cursor.execute("UPDATE leads_importrow SET fault = 'Comillas', why_kept = 'Fusión' WHERE number = 3")
        cursor.execute(migration.FORWARDS)
    row = imported.rows.get(number=3)
    assert (row.fault, str(row.kept_because)) == ("Comillas", "Fusión")
    assert imported.rows.filter(fault="").count() == 4


def test_a_row_of_before_that_cannot_be_read_still_says_why() -> None:
    imported = checked("email\na@x.example\n")
    imported.rows.update(fault="Comillas sin cerrar.")
    again = checked_again(imported)
    assert listed(again, "en") == ["Comillas sin cerrar."]
