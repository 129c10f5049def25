"""A part of a forecast is put together from where its leads stood, and says what placing them anew would."""

from dataclasses import astuple
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from funnel.enums import Stage
from funnel.models import Journey
from funnel.rules.report import Filters
from leads.models import Campaign, Lead, Persona
from sla.enums import Horizon
from sla.models import ForecastPlaces, ForecastSnapshot
from sla.selectors.kept_forecasts import Part, latest, part_of
from sla.services.foresight import keep_forecasts, project_day
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.test_foresight import half_a_year, open_deal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def wanted() -> dict[str, Filters]:
    """Leads of two sources, with and without campaign, persona, owner and deal."""
    at = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    half_a_year(at)
    rep = make_user(role=Role.AE)
    campaign, persona = Campaign.objects.create(name="May", slug="may"), Persona.objects.create(name="P")
    for number in range(12):
        lead = bare_lead(owner=rep if number % 2 else None, persona=persona if number % 3 else None)
        stage = Stage.OPPORTUNITY if number % 4 else Stage.MQL
        journey = make_journey(stage, entered_at=at - (1 + 3 * number) * DAY, lead=lead, source="fair")
        Journey.objects.filter(pk=journey.pk).update(campaign=campaign if number % 5 else None)
        Lead.objects.filter(pk=lead.pk).update(seniority="chief" if number % 2 else "")
        if stage == Stage.OPPORTUNITY:
            open_deal(journey, 1000 * number, currency="USD" if number % 3 else "EUR")
    keep_forecasts(today=project_day(timezone.now()), at=timezone.now())
    return {
        "fair": Filters(source="fair"),
        "no source": Filters(source=""),
        "campaign": Filters(campaign=campaign.pk),
        "no campaign": Filters(campaign=0, source="fair"),
        "persona": Filters(persona=persona.pk),
        "no persona": Filters(persona=0),
        "rep": Filters(owner_ids=frozenset({rep.pk})),
        "nobody": Filters(owner_ids=frozenset()),
    }


def part(filters: Filters) -> Part:
    snapshot = latest()
    assert snapshot is not None
    return part_of(snapshot, snapshot.figures.get(horizon=Horizon.THREE), filters)


def told(found: Part) -> tuple[Any, ...]:
    cells = sorted((one.stage, one.grade, one.band, one.n) for one in found.cells)
    moneys = [(one.currency, one.deals, one.open, one.low, one.high) for one in found.revenues]
    customers = _rounded(*astuple(found.customers))
    return cells, customers, [(name, *_rounded(*numbers)) for name, *numbers in moneys]


def _rounded(*numbers: float) -> list[float]:
    """Sums in another order differ in the last bit."""
    return [round(float(number), 6) for number in numbers]


def test_what_is_kept_says_what_placing_the_leads_anew_says(wanted: dict[str, Filters]) -> None:
    kept = {name: told(part(filters)) for name, filters in wanted.items()}
    assert {name: bool(cells) for name, (cells, *_more) in kept.items()} == {
        name: name != "nobody" for name in wanted
    }
    ForecastPlaces.objects.all().delete()
    assert {name: told(part(filters)) for name, filters in wanted.items()} == kept


def test_whose_leads_they_are_is_read_now_and_where_they_stood_is_not(wanted: dict[str, Filters]) -> None:
    before = part(wanted["rep"])
    somebody = make_user(role=Role.AE)
    given = Lead.objects.filter(owner__in=wanted["rep"].owner_ids or ())
    given.update(owner=somebody)
    Journey.objects.filter(lead__owner=somebody).update(
        closed_at=timezone.now(), status="lost", reason="price"
    )
    assert part(wanted["rep"]).cells == []
    assert told(part(Filters(owner_ids=frozenset({somebody.pk})))) == told(before)


def test_who_was_erased_is_not_counted(wanted: dict[str, Filters]) -> None:
    before = sum(cell.n for cell in part(wanted["fair"]).cells)
    Journey.objects.filter(source="fair", stage=Stage.MQL).delete()
    assert (before, sum(cell.n for cell in part(wanted["fair"]).cells)) == (12, 9)


def test_places_are_kept_of_the_latest_forecast_only(wanted: dict[str, Filters]) -> None:
    first = ForecastPlaces.objects.get()
    assert first.snapshot == latest()
    amounts = {Decimal(row[4]) for row in first.groups if row[4] is not None}
    assert amounts == {1000 * Decimal(n) for n in range(12) if n % 4}
    assert len(first.journeys) == 8 * Journey.objects.filter(closed_at=None).count()
    keep_forecasts(today=project_day(timezone.now()), at=timezone.now())
    assert ForecastPlaces.objects.get() == first  # once a day
    tomorrow = timezone.now() + DAY
    keep_forecasts(today=project_day(tomorrow), at=tomorrow)
    assert ForecastPlaces.objects.get().snapshot == ForecastSnapshot.objects.first() != first.snapshot
