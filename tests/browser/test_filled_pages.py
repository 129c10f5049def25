"""Pages that hold something only after a while, filled: what came back, what escalated, who gives what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from funnel.enums import Move, Reason, Stage
from funnel.models import Journey, Opportunity, StageChange
from funnel.services.moving import move_journey
from sla.models import ForecastSnapshot
from sla.services.engine import tick
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.ladders import make_ladders

from .conftest import Watched
from .test_every_page import VARIANTS, overflow, violations
from .world import PAYLOADS, World

pytestmark = pytest.mark.django_db(transaction=True)


def forecast_kept(*, months_ago: int) -> None:
    """As of the first of a month, or of today; what is over was checked."""
    today = timezone.localdate()
    first = today.replace(day=1)
    for _month in range(months_ago):
        first = (first - timedelta(days=1)).replace(day=1)
    snapshot = ForecastSnapshot.objects.create(
        day=first if months_ago else today,
        made_at=timezone.now(),
        customers=90,
        days=400,
        window=90,
        wins=50,
        cells=[["opportunity", "A1", 3, 12, {"month": 0.2, "three": 0.5}]],
    )
    figure = snapshot.figures.create(
        horizon="month",
        first_day=first,
        last_day=first + timedelta(days=27),
        won=2,
        open=2.4,
        arriving=1,
        low=3,
        high=9,
        spread=0.2,
        came=12 if months_ago else None,
        by_chance=[[0.1, 0.2, 12, 2.4, 3]],
    )
    came = 12_345_678 if months_ago else None
    parts = {
        "won": 800,
        "deals": 9_000_000,
        "open": 1_000_000,
        "arriving": 200,
        "low": 800,
        "high": 19_000_000,
    }
    figure.revenues.create(currency="EUR", came=came, **parts)


def fill(world: World) -> dict[str, tuple[Role, str]]:
    """A returned lead, one that escalated to the top, and an open deal; the pages that tell of them."""
    sdr, ae = world.people[Role.SDR], world.people[Role.AE]
    now = timezone.now()
    back = make_journey(Stage.MQL, lead=bare_lead(owner=sdr, first_name=PAYLOADS[0]), source=PAYLOADS[1])
    said = {"reason": Reason.NO_BUDGET, "note": PAYLOADS[0]}
    move_journey(journey_id=back.pk, move=Move.RECYCLE, actor=sdr, at=now, **said)
    change = StageChange.objects.get(journey=back, move=Move.RECYCLE)
    make_ladders([sdr], due_at=now - timedelta(minutes=30))
    renew_policies()  # the ladder's calendar is new
    for minutes in (30, 19, 13):
        tick(at=now - timedelta(minutes=minutes))
    sold = make_journey(Stage.OPPORTUNITY, lead=bare_lead(owner=ae))
    deal = Opportunity.objects.create(
        journey=sold, name=PAYLOADS[1], next_step=PAYLOADS[0], amount=900, opened_at=now
    )
    for months_ago in range(4):
        forecast_kept(months_ago=months_ago)
    assert Journey.objects.get(lead=back.lead, is_current=True).number == 2
    return {
        "/recycled/": (Role.MARKETER, "table.data"),
        f"/recycled/{change.pk}/": (Role.MARKETER, "form[action]"),
        "/executive/": (Role.EXECUTIVE, "tr.is-late"),
        "/opportunities/?view=list": (Role.AE, "table.data"),
        f"/opportunities/{deal.pk}/edit/": (Role.AE, "form[action]"),
        "/forecast/": (Role.MARKETER, "svg.bar-line"),
        f"/team/{sdr.pk}/": (Role.MANAGER, "tr.is-late"),
    }


@pytest.mark.parametrize("watched", VARIANTS.values(), indirect=True, ids=VARIANTS)
def test_filled_pages_are_accessible_and_show_markup_as_text(watched: Watched, world: World) -> None:
    seen, fine = {}, {}
    for path, (role, holds) in fill(world).items():
        watched.become(world.people[role])
        watched.complaints.clear()
        status = watched.open(path)
        there = watched.page.locator(holds).count() > 0
        seen[path] = (status, there, overflow(watched), violations(watched), watched.heard(200))
        fine[path] = (200, True, 0, [], [])
    watched.page.select_option("#id_scope", "all")
    watched.page.click("form[data-choose] .bulk-bar button")
    watched.page.wait_for_selector("#id_reason")
    seen["give"] = (watched.page.locator("#id_reason").count(), overflow(watched), violations(watched))
    assert seen == {**fine, "give": (1, 0, [])}
