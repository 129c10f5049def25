"""What the demo company set up before its first lead came: its name and its calendar."""

from datetime import datetime

from sla.models import Calendar
from sla.rules.public_holidays import public_holidays
from sla.services.policies import save_calendar
from smarketing.accounts.models import User
from smarketing.accounts.services.setup import finish_setup, rename_company

NAME = "Lumen Robotics"
TIME_ZONE = "Europe/Madrid"
HOURS = tuple((weekday, 9 * 60, 18 * 60) for weekday in range(5))


def found(*, admin: User, at: datetime, now: datetime) -> None:
    """``at``: before the story begins."""
    rename_company(name=NAME, actor=admin, at=at)
    years = {at.year, now.year, now.year + 1}
    save_calendar(
        calendar=Calendar.objects.get(),
        name="Madrid office",
        time_zone=TIME_ZONE,
        hours=HOURS,
        holidays=public_holidays(country="ES", region="MD", years=years),
        actor=admin,
        at=at,
    )
    finish_setup(actor=admin, at=at)
