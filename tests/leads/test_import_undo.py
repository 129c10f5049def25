"""Taking an import back leaves leads and companies, and their scores, as they were before it."""

import pytest

from tests.leads.factories import make_lead
from tests.leads.imports import ran, undo

pytestmark = pytest.mark.django_db


def test_an_external_id_that_was_filled_is_emptied() -> None:
    lead = make_lead(email="ana@acme.example")
    imported = undo(ran("email,external id\nana@acme.example,crm-1\n"))
    lead.refresh_from_db()
    assert (imported.undone, lead.external_id) == ({"emptied": 1}, None)
