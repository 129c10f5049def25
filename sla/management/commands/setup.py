"""Everything an installation agrees on until somebody agrees on something else."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from funnel.services.defaults import install_defaults as install_funnel
from leads.services.defaults import install_defaults as install_leads

from ...services.defaults import install_defaults as install_sla


class Command(BaseCommand):
    help = (
        "Installs the default scoring rules, personas, routing pools, working calendar and policies "
        "where there are none. Safe to run again: what exists is never changed."
    )

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        at = timezone.now()
        install_leads(at=at)
        install_funnel(at=at)
        install_sla(at=at, time_zone=settings.TIME_ZONE)
        self.stdout.write(self.style.SUCCESS("The default agreement is in place."))
