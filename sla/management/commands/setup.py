"""Everything an installation agrees on until somebody agrees on something else."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone, translation

from funnel.services.defaults import install_defaults as install_funnel
from leads.services.defaults import install_defaults as install_leads
from smarketing.accounts.selectors.setup import is_untouched
from smarketing.accounts.setup_code import setup_address

from ...services.defaults import install_defaults as install_sla
from ...services.report_setup import install_reports


class Command(BaseCommand):
    help = (
        "Installs the default scoring rules, personas, routing pools, working calendar, policies and "
        "reports by mail where there are none. Safe to run again: what exists is never changed."
    )

    stealth_options = ("at",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="In which language rules, personas, pools and policies are named (default: %(default)s).",
        )

    @transaction.atomic
    def handle(self, *, at: datetime | None = None, **options: Any) -> None:
        """``at``: since when it counts; reports by mail begin now."""
        now = timezone.now()
        at = at or now
        with translation.override(options["language"]):
            install_leads(at=at)
            install_funnel(at=at)
            install_sla(at=at, time_zone=settings.TIME_ZONE)
        install_reports(at=now)
        self.stdout.write(self.style.SUCCESS("The default agreement is in place."))
        if is_untouched():
            self.stdout.write(f"Nobody can sign in yet. Begin at {setup_address(settings.SITE_URL)}")
