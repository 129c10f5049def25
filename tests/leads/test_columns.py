"""What many leads are scored by, against what one is scored by."""

from datetime import timedelta

import pytest

from leads.models import Lead
from leads.rules.conditions import LEAD_FIELDS
from leads.rules.totals import time_of
from leads.selectors.columns import batches_of, happened_to
from leads.selectors.preview import how_many_current
from leads.selectors.scores import events_of, facts_of

from .factories import NOW, make_activity, make_company, make_lead

pytestmark = pytest.mark.django_db

FIELDS = sorted({*LEAD_FIELDS, "custom.plan", "custom.nothing", "fit", "no_such_field"})
FULL = {
    "email": "Ana@Acme.example", "email_key": "ana@acme.example", "first_name": "Ana", "last_name": "Pérez",
    "phone": "+34 600", "job_title": "CEO", "country": "ES", "language": "es", "company_name": "Acme",
    "budget": "10k", "need": "yes", "timeline": "soon", "source": "ads", "landing_page": "https://a.example",
    "custom": {"plan": ["a", 1]}, "fit": 7,
}  # fmt: skip


def one_by_one(*leads):
    return [tuple(facts_of(lead).get(field) for field in FIELDS) for lead in leads]


def test_facts_are_those_of_each_lead():
    company = make_company(employees=200, industry="steel", country="PT", annual_revenue="1.50")
    full = make_lead(**FULL, company=company)
    bare, level = make_lead(), make_lead(seniority="director", job_title="CEO", email="")
    for lead in (full, level):
        lead.refresh_from_db()
    [batch] = batches_of(FIELDS, total=3, sample=None)
    assert (batch.ids, batch.facts) == ((full.pk, bare.pk, level.pk), one_by_one(full, bare, level))
    told = dict(zip(FIELDS, batch.facts[0], strict=True))
    assert [told[name] for name in ("seniority", "email_domain", "company.industry", "fit")] == [
        "chief", "Acme.example", "steel", None,
    ]  # fmt: skip


def test_merged_leads_are_left_out_and_the_time_of_entry_is_exact():
    kept = make_lead(at=NOW + timedelta(microseconds=1))
    make_lead(merged_into=kept)
    [batch] = batches_of([], total=1, sample=None)
    assert (batch.ids, [time_of(moment) for moment in batch.created.tolist()]) == (
        (kept.pk,),
        [kept.created_at],
    )
    assert (batch.facts, how_many_current(), Lead.objects.count()) == ([()], 1, 2)


def test_what_happened_is_what_counts_for_each_lead_the_newest_first():
    first, nobody, last = make_lead(), make_lead(), make_lead()
    make_activity(first, "download", asset="Guide", at=NOW - timedelta(days=1))
    make_activity(first, "download", asset="Paper")
    make_activity(first, "webinar")
    make_activity(last, "download", asset="Guide", is_scored=False)
    make_activity(last, "call")
    make_activity(last, "download", asset="Guide")
    leads = [first.pk, nobody.pk, last.pk]
    found = happened_to(leads, {"download", "webinar"})
    told = [
        (leads[place], *found.known[what], time_of(moment))
        for place, what, moment in zip(
            *(part.tolist() for part in (found.lead, found.what, found.moment)), strict=True
        )
    ]
    events = events_of(leads, {"download", "webinar"})
    assert told == [
        (pk, event.kind, event.asset, event.occurred_at)
        for pk, own in sorted(events.items())
        for event in sorted(own, key=lambda one: (one.occurred_at, one.id), reverse=True)
    ]
    assert len(told) == 4


def test_leads_cost_one_statement_and_what_they_did_another(django_assert_num_queries):
    leads = [make_lead(company=make_company()).pk for _ in range(3)]
    with django_assert_num_queries(2):
        list(batches_of(["company.name", "custom.a"], total=3, sample=None))  # and one that finds no more
    with django_assert_num_queries(1):
        happened_to(leads, {"download"})
