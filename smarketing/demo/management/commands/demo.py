"""Fill an empty database with a made-up company and its last half year."""

import random
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel.services.rollups import refresh
from smarketing.accounts.models import User
from smarketing.demo import market, people
from smarketing.demo.story import Story


class Command(BaseCommand):
    help = "Fill an empty database with demo data: a company, its people, and half a year of leads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=int, default=260, help="how many visitors submit a form")
        parser.add_argument("--seed", type=int, default=7, help="the same seed tells the same story")

    def handle(self, *args: Any, leads: int, seed: int, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("The database is not empty; demo data would mix with yours.")
        now = timezone.now()
        people.hire(at=now)
        call_command("setup", stdout=self.stdout)
        forms = market.build_forms(market.open_campaigns(at=now), at=now)
        Story(forms=forms, now=now, leads=leads, chance=random.Random(seed)).play()
        refresh(at=now)
        self.stdout.write("Sign in with one of these (password for all: " + people.PASSWORD + "):")
        for name in people.SHOWN:
            user = User.objects.get(email=f"{name}@{people.DOMAIN}")
            self.stdout.write(f"  {user.email:<38} {user.get_role_display()}")
