"""What the room below tells this one, inside its transaction."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from leads.models import Lead
from leads.signals import lead_scored
from smarketing.accounts.models import User

from .services import entering


@receiver(lead_scored)
def follow_score(
    *, lead: Lead, created: bool, reached: str, at: datetime, actor: User | None, **_: Any
) -> None:
    entering.follow_score(lead=lead, created=created, reached=reached, at=at, actor=actor)
