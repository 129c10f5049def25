"""Fill an empty database with a made-up company, its last half year and the year before from its old CRM."""

import random
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel.services.rollups import refresh
from sla.selectors.policies import company_calendar
from sla.services import promise_sums
from sla.services.foresight import keep_forecasts, project_day
from smarketing.accounts.models import User
from smarketing.demo import agreements, firm, market, meetings, people, plan
from smarketing.demo import past as before
from smarketing.demo.story import Story, begin


class Command(BaseCommand):
    help = "Fill an empty database with demo data: a company, its people, and half a year of leads."

    stealth_options = ("tell",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=int, default=430, help="how many visitors submit a form")
        parser.add_argument("--past", type=int, help="how many leads came in the year before that")
        parser.add_argument("--seed", type=int, default=7, help="the same seed tells the same story")

    def handle(
        self,
        *args: Any,
        leads: int,
        seed: int,
        past: int | None = None,
        tell: Callable[[str], object] | None = None,
        **options: Any,
    ) -> str:
        """``tell`` hears how far it is."""
        if User.objects.exists():
            raise CommandError("The database is not empty; demo data would mix with yours.")
        now = timezone.now()
        staff = people.hire(at=now)
        call_command("setup", stdout=self.stdout, at=begin(now))
        firm.found(admin=staff["admin"], at=begin(now), now=now)
        forms = market.build_forms(market.open_campaigns(at=now), at=begin(now))
        hours = company_calendar()
        assert hours is not None  # the firm has just got one
        story = Story(
            forms=forms,
            staff=staff,
            now=now,
            leads=leads,
            chance=random.Random(seed),
            hours=hours,
            tell=tell or str,
        )
        story.play()
        now = story.now
        before.load(story, leads=round(before.SHARE * leads) if past is None else past, seed=seed)
        plan.agree(actor=staff["marcus"], at=now)
        agreements.agree(staff=staff, at=now)
        meetings.meet(staff=staff, at=now)
        refresh(at=now)
        promise_sums.refresh()
        keep_forecasts(today=project_day(now), at=now)
        # Returned, not printed: `serve` keeps the lines and shows them at every start.
        return "\n".join(sign_in(name) for name in people.SHOWN)


def sign_in(name: str) -> str:
    user = User.objects.get(email=f"{name}@{people.DOMAIN}")
    return f"  {user.email:<36} {people.PASSWORD}   {user.get_role_display()}"
