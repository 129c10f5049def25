"""Translations compile without gettext's programs, and gaps are named."""

import gettext
import os
import shutil
import subprocess
import sys

import pytest

from smarketing import catalogs

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "lead"
msgstr "prospecto"

msgid "%(n)s lead"
msgid_plural "%(n)s leads"
msgstr[0] "un prospecto"
msgstr[1] "%(n)s prospectos"
"""


@pytest.fixture
def catalog(tmp_path):
    folder = tmp_path / "locale" / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO)
    return folder / "django.po"


def test_compiled_catalog_translates(catalog, tmp_path):
    assert catalogs.compile_all(tmp_path) == 1
    with catalog.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("lead") == "prospecto"
    assert translations.ngettext("%(n)s lead", "%(n)s leads", 2) == "%(n)s prospectos"


def test_fresh_catalog_is_left_alone(catalog, tmp_path):
    catalogs.compile_all(tmp_path)
    assert catalogs.compile_all(tmp_path) == 0


def test_whole_catalog_has_no_complaint(catalog, tmp_path):
    assert list(catalogs.complaints(tmp_path)) == []


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('msgid "due"\nmsgstr ""', "is not translated"),
        ('#, fuzzy\nmsgid "due"\nmsgstr "x"', "is marked fuzzy"),
        ('msgid "{n} due"\nmsgstr "{m} x"', "has other placeholders than its translation"),
    ],
)
def test_gap_is_named_by_file_and_line(catalog, tmp_path, entry, complaint):
    catalog.write_text(f"{PO}\n{entry}\n")
    (found,) = catalogs.complaints(tmp_path)
    assert found.startswith("locale/es/LC_MESSAGES/django.po:")
    assert found.endswith(complaint)


def test_catalogs_of_the_project_are_whole():
    assert list(catalogs.complaints()) == []


@pytest.mark.skipif(
    shutil.which("xgettext") is None and os.environ.get("CI") != "true",
    reason="GNU gettext is not installed; CI always has it",
)
@pytest.mark.parametrize("language", [p.parts[-3] for p in catalogs.sources(catalogs.ROOT)])
def test_every_text_of_the_code_is_in_the_catalog(language, tmp_path):
    for name in ("smarketing", "leads", "funnel", "sla", "templates", "locale"):
        shutil.copytree(catalogs.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.mo", "*.pyc"))
    extract = ["makemessages", "--locale", language, "--no-obsolete", "--no-wrap", "--verbosity", "0"]
    command = [sys.executable, "-m", "django", *extract]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=120)
    assert list(catalogs.complaints(tmp_path)) == []
