import pytest
from django.db import connection

from leads.models import Lead
from leads.selectors.duplicates import find_duplicates

from .factories import make_company, make_lead

pytestmark = pytest.mark.django_db


def found(lead, **bounds):
    return [(other.lead.pk, other.reasons) for other in find_duplicates(lead, **bounds)]


@pytest.mark.parametrize("spelling", ["+34600111222", "+34 600 111 222", "0034 600-111-222", "600 11 12 22"])
def test_one_number_in_many_spellings(spelling):
    lead, other = make_lead(phone="+34 600.111.222"), make_lead(phone=spelling)
    assert found(lead) == [(other.pk, ("phone",))]


@pytest.mark.parametrize("spelling", ["+33600111222", "+34600111223", "", "none"])
def test_other_numbers(spelling):
    lead = make_lead(phone="+34600111222")
    make_lead(phone=spelling)
    assert found(lead) == []


def test_same_name_in_the_same_company():
    firm = make_company()
    lead = make_lead(first_name="Ana", last_name="Ruiz", company=firm)
    other = make_lead(first_name="ANA", last_name="ruiz", company=firm)
    make_lead(first_name="Ana", last_name="Ruiz", company=make_company())
    make_lead(first_name="Ana", last_name="Gil", company=firm)
    assert found(lead) == [(other.pk, ("name",))]


def test_names_that_are_not_known_match_nobody():
    firm = make_company()
    make_lead(company=firm)
    assert found(make_lead(company=firm)) == []


def test_one_lead_for_both_reasons():
    known = {"first_name": "Ana", "last_name": "Ruiz", "phone": "600111222", "company": make_company()}
    lead, other = make_lead(**known), make_lead(**known)
    assert found(lead) == [(other.pk, ("phone", "name"))]


def test_merged_leads_are_no_duplicates():
    lead = make_lead(phone="600111222")
    make_lead(phone="600111222", merged_into=lead)
    assert found(lead) == []


def test_only_among_the_leads_that_may_be_seen():
    lead = make_lead(phone="600111222")
    make_lead(phone="600111222")
    assert found(lead, leads=Lead.objects.none()) == []


def test_phones_are_found_by_an_index():
    make_lead(phone="600111222")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            r"EXPLAIN SELECT 1 FROM leads_lead WHERE phone <> '' "
            r"AND right(regexp_replace(phone, '\D', '', 'g'), 9) = '600111222'"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "lead_phone_end" in plan
