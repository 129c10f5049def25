"""Search without accents: in the list, in the search of every page, and in the API's filter."""

import pytest

from leads.models import Company, Lead
from leads.selectors.finding import find
from leads.selectors.search import matching
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_lead

pytestmark = pytest.mark.django_db

TYPED = [
    ("perez", {"Pérez", "PÉREZ", "Perez"}),
    ("PÉR", {"Pérez", "PÉREZ", "Perez"}),
    ("pe\u0301rez", {"Pérez", "PÉREZ", "Perez"}),
    ("pena", {"Peña", "PEÑA", "Pena"}),
    ("peña", {"Peña", "PEÑA"}),
    ("PEN\u0303", {"Peña", "PEÑA"}),
    ("año", set()),
]


def make_people(names: set[str]) -> None:
    for name in sorted(names):
        make_lead(last_name=name)


@pytest.mark.parametrize(("text", "found"), TYPED)
def test_accents_are_not_needed_and_only_an_enye_is_meant(text: str, found: set[str]) -> None:
    make_people({name for _text, names in TYPED for name in names} | {"Pardo"})
    assert {lead.last_name for lead in matching(Lead.objects.all(), text)} == found


@pytest.mark.parametrize(("text", "found"), [("pena", ["Peña", "Pena"]), ("peña", ["Peña"])])
def test_companies_and_colleagues_are_found_so_too(text: str, found: list[str]) -> None:
    for name in ("Peña", "Pena"):
        company = Company.objects.create(name=name, domain=f"{name.lower()}.example", created_at=NOW)
        make_lead(company=company, company_name=name)
        make_user(role=Role.SDR, first_name=name)
    got = find(user=make_user(role=Role.MARKETER), text=text, most=5)
    assert (
        sorted(company.name for company in got.companies),
        sorted(person.first_name for person in got.people),
    ) == (sorted(found), sorted(found))
