"""Every number of a page that is a link opens exactly as many things as it says."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason, ReturnAction
from funnel.models import Journey, Opportunity, RoutingMember
from funnel.services.moving import move_journey
from funnel.services.returned import decide_return
from leads.models import Lead, Persona
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import Crew
from tests.leads.factories import make_campaign
from tests.sla.ladders import always_open
from tests.sla.numbers import numbers_of, opened
from tests.sla.test_executive import climb

pytestmark = pytest.mark.django_db
STAGES = ("new_name", "engaged", "target", "mql", "sql", "opportunity")


class Company:
    """Leads everywhere, of the last days: overdue, contacted, postponed, returned, won, lost, escalated."""

    def __init__(self) -> None:
        self.now = timezone.now()
        days = timedelta(days=1)
        install_defaults(at=self.now - 20 * days)
        always_open()
        renew_policies()
        self.crew = crew = Crew()
        crew.admin.reports_to = None
        chief = make_user(role=Role.EXECUTIVE)
        crew.manager.reports_to = chief
        crew.manager.save(update_fields=["reports_to"])
        RoutingMember.objects.filter(user=crew.sdr).update(capacity=40)
        self.campaign = make_campaign(name="Fair")
        self.persona = Persona.objects.create(name="The chief")
        for stage in STAGES:
            for age in (9, 2):
                crew.journey_at(stage, at=self.now - age * days)
        self._leave("mql", Move.POSTPONE, reason=Reason.TIMING, resume_at=self.now + days)
        for _turn in range(2):
            self._leave("mql", Move.RECYCLE, reason=Reason.NO_NEED)
        decided = self._leave("sql", Move.RECYCLE, reason=Reason.WRONG_FIT)
        change = decided.changes.get(move=Move.RECYCLE)
        decide_return(
            change_id=change.pk,
            action=ReturnAction.LEAVE,
            seen=0,
            actor=crew.marketer,
            at=self.now,
            today=self.now.date(),
        )
        self._leave("opportunity", Move.LOSE, reason=Reason.NO_BUDGET)
        self._leave("opportunity", Move.WIN, amount=Decimal(900), currency="EUR")
        Opportunity.objects.filter(pk=Opportunity.objects.order_by("pk")[0].pk).update(currency="USD")
        self._mark()
        climb(self.now - days, leads=2)
        tick(at=timezone.now())

    def _leave(self, stage: str, move: Move, **details: object) -> Journey:
        journey = self.crew.journey_at(stage, at=self.now - timedelta(days=3))
        move_journey(journey_id=journey.pk, move=move, actor=self.crew.manager, at=self.now, **details)
        return journey

    def _mark(self) -> None:
        """Every other lead is of the campaign and of the persona."""
        for lead in Lead.objects.order_by("pk")[::2]:
            Lead.objects.filter(pk=lead.pk).update(persona=self.persona, campaign=self.campaign)
            Journey.objects.filter(lead=lead).update(campaign=self.campaign)


def pages(company: Company) -> dict[str, set[str]]:
    """Roles by page; ``{}`` for the number of each person of the team."""
    campaign, persona, team = company.campaign.pk, company.persona.pk, company.crew.sdr.pk
    readers = {"manager", "marketer", "executive", "admin"}
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
    }


@pytest.mark.parametrize("role", ["manager", "marketer", "executive", "admin", "ae"])
def test_every_number_opens_exactly_what_it_counts(client: Client, role: str) -> None:
    company = Company()
    client.force_login(getattr(company.crew, role))
    told = {path: numbers_of(client, path) for path, roles in pages(company).items() if role in roles}
    assert all(told.values()), told
    assert told == {
        path: {address: opened(client, address) for address in numbers} for path, numbers in told.items()
    }
