from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command

LEADS, PAST = 100, 360


@pytest.fixture(scope="package")
def said() -> list[str]:
    """How far the command was, as it said meanwhile."""
    return []


@pytest.fixture(scope="package", autouse=True)
def told(said: list[str], django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """One short story of the demo company for all modules of this folder, which only read it. What the
    command printed."""
    out = StringIO()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("demo", leads=LEADS, past=PAST, stdout=out, tell=said.append)
        yield out.getvalue()
        call_command("flush", interactive=False, verbosity=0)
