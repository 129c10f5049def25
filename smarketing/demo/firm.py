"""What the demo company set up before its first lead came: its name, its calendar, its promises."""

from datetime import datetime

from sla.enums import ClockKind, Recipient, TimeBase
from sla.models import Calendar, Policy
from sla.rules.policy import Step
from sla.rules.public_holidays import public_holidays
from sla.services.policies import save_calendar, save_policy
from smarketing.accounts.models import User
from smarketing.accounts.services.setup import finish_setup, rename_company

NAME = "Lumen Robotics"
TIME_ZONE = "Europe/Madrid"
HOURS = tuple((weekday, 9 * 60, 18 * 60) for weekday in range(5))
FAIR_MINUTES = 240


def found(*, admin: User, at: datetime, now: datetime) -> None:
    """``at``: before the story begins."""
    rename_company(name=NAME, actor=admin, at=at)
    calendar = Calendar.objects.get()
    years = {at.year, now.year, now.year + 1}
    save_calendar(
        calendar=calendar,
        name="Madrid office",
        time_zone=TIME_ZONE,
        hours=HOURS,
        holidays=public_holidays(country="ES", region="MD", years=years),
        actor=admin,
        at=at,
    )
    _promise_fair_visitors(calendar, admin, at)
    finish_setup(actor=admin, at=at)


def _promise_fair_visitors(calendar: Calendar, admin: User, at: datetime) -> None:
    """Somebody met at a stand does not sit at the telephone: half a day is soon enough."""
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(position=1)
    save_policy(
        policy=None,
        values={
            "name": "Trade fair visitors within 4 working hours",
            "kind": ClockKind.FIRST_CONTACT,
            "position": 0,
            "conditions": [{"field": "source", "operator": "eq", "value": "Trade fair"}],
            "calendar": calendar,
            "time_base": TimeBase.WORKING,
            "minutes": FAIR_MINUTES,
            "attempts": 5,
        },
        steps=(
            Step(-30, (Recipient.REP,)),
            Step(0, (Recipient.REP,)),
            Step(60, (Recipient.REP, Recipient.BOSS)),
            Step(120, (Recipient.CEO,)),
        ),
        actor=admin,
        at=at,
    )
