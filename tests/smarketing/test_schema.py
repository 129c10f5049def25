"""The database has what the models declare, whichever migrations it went through."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, models

from smarketing.embedded.cluster import installed_programs

OURS = ("accounts", "leads", "funnel", "sla")


@pytest.mark.django_db
@pytest.mark.parametrize("model", [model for app in OURS for model in apps.get_app_config(app).get_models()])
def test_every_index_and_constraint_is_there(model: type[models.Model]):
    """Where an index of a foreign key was given up, Django 5.2 took a partial unique one of the same
    column along: it tells indexes of constraints from that of the key only by their columns."""
    declared = {one.name for one in [*model._meta.indexes, *model._meta.constraints]}
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert declared <= there.keys()


@pytest.fixture
def other_database(db: None) -> Iterator[str]:
    """An empty one beside the test's own."""
    name = f"{connection.settings_dict['NAME']}_stepwise"
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server:
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute(f"CREATE DATABASE {name}")
        yield name
        cursor.execute(f"DROP DATABASE {name}")


def schema(database: str) -> dict[str, str]:
    """What there is by its name, with the columns of a table in one order."""
    url = f"postgres://postgres@/{database}?host={quote(connection.settings_dict['HOST'])}"
    dump = [installed_programs() / "bin" / "pg_dump", "--schema-only", "--no-owner", url]
    text = subprocess.run(dump, stdout=subprocess.PIPE, text=True, check=True).stdout
    text = re.sub(r"CONSTRAINT \w+ NOT NULL", "NOT NULL", text)  # named after what a column was called
    text = re.sub(r"(?m)^\\(un)?restrict .*$", "", text)
    parts = (part.partition("\n--\n") for part in text.split("\n--\n-- Name: ")[1:])
    return {name: _ordered(body.strip()) for name, _, body in parts}


def _ordered(body: str) -> str:
    if not body.startswith("CREATE TABLE"):
        return body
    first, *columns = body.splitlines()
    return "\n".join([first, *sorted(column.removesuffix(",") for column in columns)])


def test_old_and_new_databases_are_the_same(other_database: str):
    run = [sys.executable, "-m", "tests.stepwise", other_database]
    subprocess.run(run, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}, check=True)
    old, new = schema(other_database), schema(connection.settings_dict["NAME"])
    assert old == new
    assert any("funnel_tell_journey" in body for body in new.values())
