"""Taking an import back leaves leads and companies, and their scores, as they were before it."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest

from leads.models import Import, Lead
from leads.rules import scoring as rules
from leads.services import imports
from leads.services.imports import forget_old
from leads.services.rescoring import rescore_due
from tests.leads.factories import NOW, live_rule_set, make_company, make_lead
from tests.leads.imports import FAIR, LATER, marketer, ran, undo

pytestmark = pytest.mark.django_db


def test_an_external_id_that_was_filled_is_emptied() -> None:
    lead = make_lead(email="ana@acme.example")
    imported = undo(ran("email,external id\nana@acme.example,crm-1\n"))
    lead.refresh_from_db()
    assert (imported.undone, lead.external_id) == ({"emptied": 1}, None)


def live_size_rule() -> None:
    """Companies of 200 and more fit."""
    size = rules.Rule(0, "Large", 40, condition=rules.Condition("company.employees", "gte", 200))
    live_rule_set(groups=(rules.Group(0, "fit", "fit", 100, 0, 30, (size,)),))


@pytest.mark.parametrize(
    "content",
    [
        "email,empleados\nana@acme.example,250\nbea@acme.example,250\n",
        "external id,empleados,nombre\na,250,Ana\nb,,Bea\n",
    ],
)
def test_known_leads_are_scored_by_what_their_row_or_a_colleagues_fills(content: str) -> None:
    live_size_rule()
    company = make_company(domain="acme.example", employees=None)
    for name, key in (("ana", "a"), ("bea", "b")):
        make_lead(email=f"{name}@acme.example", external_id=key, company=company)
    ran(content)
    assert list(Lead.objects.values_list("fit", flat=True)) == [40, 40]


@pytest.mark.parametrize(
    "content",
    [
        "email,empleados,nombre\nana@acme.example,250,Ana\nbea@acme.example,,Bea\n",
        "email,empleados\nana@acme.example,250\n",
    ],
)
def test_undoing_scores_leads_as_they_were_or_leaves_them_due(content: str) -> None:
    live_size_rule()
    company = make_company(domain="acme.example", employees=None)
    for name in ("ana", "bea"):
        make_lead(email=f"{name}@acme.example", company=company)
    undo(ran(content))
    rescore_due(at=LATER)
    assert list(Lead.objects.values_list("fit", flat=True)) == [0, 0]


def test_rows_are_kept_while_the_import_can_be_undone() -> None:
    imported = ran("email\nana@acme.example\n", at=NOW + timedelta(days=29))
    assert forget_old(at=NOW + timedelta(days=31)) == 0
    assert undo(imported, at=NOW + timedelta(days=31)).undone == {"removed": 1}


def test_facts_that_a_new_lead_brought_to_a_known_company_go_with_it() -> None:
    company = make_company(domain="acme.example", employees=None)
    undo(ran("email,empleados\nnew@acme.example,250\n"))
    company.refresh_from_db()
    assert (Lead.objects.count(), company.employees) == (0, None)


def test_colleagues_who_tell_the_same_of_their_company_are_taken_back_together() -> None:
    company = make_company(domain="acme.example", employees=None)
    for name in ("ana", "bea"):
        make_lead(email=f"{name}@acme.example", company=company)
    imported = undo(ran("email,empleados,nombre\nana@acme.example,250,Ana\nbea@acme.example,250,Bea\n"))
    company.refresh_from_db()
    assert (company.employees, imported.undone) == (None, {"emptied": 2})


def test_a_page_that_is_sent_again_while_the_first_is_read_is_one_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, actor, first = uuid4(), marketer(), []

    def send() -> Import:
        return imports.upload(file=BytesIO(FAIR.encode()), name="fair.csv", key=key, actor=actor, at=NOW)

    def slowly(file: BytesIO) -> str:
        monkeypatch.undo()
        first.append(send())
        return "0" * 64

    monkeypatch.setattr(imports, "_digest", slowly)
    assert ([send()], Import.objects.count()) == (first, 1)
