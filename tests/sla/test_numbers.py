"""Every number of a page that is a link opens exactly as many things as it says.

Also after leads that are one person were merged, and after that was taken back.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason
from funnel.errors import MoveNotAllowed
from funnel.models import Journey
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.services import rollups
from funnel.services.moving import move_journey
from sla.rules.promises import Kept
from sla.selectors.promises import Promised, depth
from tests.funnel.test_rollups import cells, figures, truth
from tests.sla.company import Twice
from tests.sla.numbers import listed, numbers_of
from tests.undoing import made_before

pytestmark = pytest.mark.django_db
REPORTS = ("/funnel/", "/dashboard/", "/dashboard/sources/", "/closed-loop/", "/feedback/?by=source")


THIRTY_DAYS = "period=last_30_days"
THIS_MONTH = {"/dashboard/", "/dashboard/people/", "/closed-loop/?by=persona"}
"""What these pages tell of when nobody asks for a period; in a month that has just begun, of nothing."""


def pages(company: Twice) -> dict[str, set[str]]:
    """Roles by page; ``{}`` for the number of each person of the team."""
    campaign, persona, team = company.campaign.pk, company.persona.pk, company.crew.sdr.pk
    readers = {"manager", "marketer", "executive", "admin"}
    everybody = {"manager", "marketer", "sdr"}
    measure = f"/agreement/{company.agreement.pk}/measure/"
    return {
        "/team/": {"manager", "executive", "admin"},
        f"/team/{team}/": {"manager", "admin"},
        "/recycled/": readers,
        "/recycled/?tab=handled": readers,
        "/personas/": readers,
        f"/personas/{persona}/": readers,
        "/campaigns/": readers,
        f"/campaigns/{campaign}/": readers,
        "/executive/": {"executive", "admin"},
        "/opportunities/": {"ae", *readers},
        "/opportunities/?view=list": {"ae", *readers},
        "/funnel/": everybody,
        "/funnel/?source=ads&by=campaign": {"marketer", "sdr"},
        f"/dashboard/?{THIRTY_DAYS}": everybody,
        f"/dashboard/people/?{THIRTY_DAYS}": everybody,
        f"/dashboard/sources/?{THIRTY_DAYS}": {"marketer", "sdr"},
        f"/dashboard/personas/?{THIRTY_DAYS}": {"marketer"},
        f"/closed-loop/?by=persona&{THIRTY_DAYS}": everybody,
        f"/closed-loop/?by=form&{THIRTY_DAYS}": {"marketer"},
        "/feedback/?by=source": {"marketer"},
        "/feedback/?by=rep": {"manager"},
        f"{measure}?by=rep": {"manager", "sdr"},
        f"{measure}?by=source": {"marketer"},
    }


def merged_company() -> Twice:
    company = Twice()
    company.merge()
    return company


@pytest.fixture(scope="class")
def merged(django_db_setup: None, django_db_blocker: Any) -> Iterator[Twice]:
    with made_before(merged_company, django_db_blocker) as company:
        yield company


class TestEveryPage:
    @pytest.mark.parametrize("role", ["manager", "marketer", "executive", "admin", "ae", "sdr"])
    def test_every_number_opens_exactly_what_it_counts(
        self, client: Client, merged: Twice, role: str
    ) -> None:
        client.force_login(getattr(merged.crew, role))
        read = {path for path, roles in pages(merged).items() if role in roles}
        assert told(client, *read, *THIS_MONTH) - THIS_MONTH == read


def told(client: Client, *paths: str) -> set[str]:
    """Those of the pages that have numbers; each number is held against what it opens."""
    numbers = {path: numbers_of(client, path) for path in paths}
    said = {address: number for found in numbers.values() for address, number in found.items()}
    assert listed(client, said) == said
    for found in numbers.values():
        assert found == {address: said[address] for address in found}
    return {path for path, found in numbers.items() if found}


def passages(client: Client) -> dict[str, dict[str, int]]:
    """The numbers of the reports that count what leads went through; clocks start anew."""
    found = {path: numbers_of(client, path) for path in REPORTS}
    return {
        path: {address: n for address, n in numbers.items() if not address.startswith("/promises/")}
        for path, numbers in found.items()
    }


def test_a_merge_that_is_taken_back_changes_no_number(client: Client) -> None:
    company = Twice()
    client.force_login(company.crew.marketer)
    before = passages(client)
    company.merge()
    merged = passages(client)
    company.undo()
    assert (passages(client), merged != before) == (before, True)
    told(client, "/funnel/", "/dashboard/")


def test_a_merge_joins_leads_and_not_what_they_went_through() -> None:
    company = Twice()
    before = funnel_report(filters=Filters())
    company.merge()
    after = funnel_report(filters=Filters())
    assert before.leads.count - after.leads.count == len(company.pairs)
    assert [row.entered.count for row in before.stages] == [row.entered.count for row in after.stages]
    assert (before.revenue, before.journeys.count) == (after.revenue, after.journeys.count)


@pytest.mark.parametrize("steps", [[], ["merge"], ["merge", "undo"]])
def test_sums_folded_or_not_and_counted_anew_are_the_same(steps: list[str]) -> None:
    company = Twice()
    for step in steps:
        rollups.refresh(at=company.now)
        getattr(company, step)()
    for _turn in ("not folded", "folded"):
        assert figures(funnel_report(filters=Filters())) == truth()
        rollups.refresh(at=company.now)
    folded = cells()
    rollups.rebuild(at=company.now)
    assert cells() == folded


def test_who_is_merged_away_was_not_given_up() -> None:
    """It breaks no promise of attempts that two leads are found to be one person."""
    company = Twice()
    everything = Promised(Filters().entered)
    before = depth(everything)
    company.merge()
    assert (depth(everything), before != Kept()) == (before, True)


def test_a_return_waits_for_marketing_under_the_lead_that_is_kept(client: Client) -> None:
    company = Twice()
    survivor, duplicate = company.pairs[company.WAYS.index(("lost", "returned"))]
    client.force_login(company.crew.marketer)
    company.merge()
    waiting: list[Any] = list(client.get("/recycled/").context["page"].object_list)
    assert [one.journey.lead for one in waiting if one.journey.lead in (survivor, duplicate)] == [survivor]
    company.undo()
    returned = Journey.objects.get(lead=duplicate, changes__move=Move.RECYCLE)
    assert (returned.number, duplicate.journeys.count()) == (1, 2)


def test_a_merged_lead_in_a_list_says_so_and_cannot_be_moved(client: Client) -> None:
    company = Twice()
    company.merge()
    client.force_login(company.crew.marketer)
    page = client.get("/leads/?status=disqualified&stage=mql&reason=duplicate")
    merged = [row for row in page.context["page"] if row.lead.merged_into_id]
    assert page.content.decode().count("merged into another lead") == len(merged) > 0
    spam: dict[str, Any] = {"reason": Reason.SPAM, "actor": company.crew.admin, "at": timezone.now()}
    with pytest.raises(MoveNotAllowed):
        move_journey(journey_id=merged[0].pk, move=Move.DISQUALIFY, **spam)
