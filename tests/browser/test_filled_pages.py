"""Pages that hold something only after a while, filled: what came back, what escalated, who gives what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from funnel.enums import Move, Reason, Stage
from funnel.models import Journey, Opportunity, StageChange
from funnel.services.moving import move_journey
from sla.services.engine import tick
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.ladders import make_ladders

from .conftest import Watched
from .test_every_page import VARIANTS, overflow, violations
from .world import PAYLOADS, World

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert Journey.objects.get(lead=back.lead, is_current=True).number == 2
    return {
        "/recycled/": (Role.MARKETER, "table.data"),
        f"/recycled/{change.pk}/": (Role.MARKETER, "form[action]"),
        "/executive/": (Role.EXECUTIVE, "tr.is-late"),
        "/opportunities/?view=list": (Role.AE, "table.data"),
        f"/opportunities/{deal.pk}/edit/": (Role.AE, "form[action]"),
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
