"""A promise's forecast in words: weekdays, times of the calendar's wall, names, and why it stands still."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from smarketing.accounts.dates import Shape, day_words
from smarketing.accounts.models import User

from ..enums import Recipient, TimeBase
from ..models import Calendar, Policy
from ..rules.durations import in_words
from ..rules.forecast import MOST_PAUSES, Pause, Telling, forecast
from ..rules.policy import Timekeeper
from .people import people
from .policies import Terms, current_book

SATURDAY = 5


@dataclass(frozen=True)
class Line:
    """One thing that happens. ``kind``: arrival, pause, due, step."""

    at: datetime
    kind: str
    when: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Shown:
    policy: str
    calendar: str
    zone: str
    window: str
    lines: list[Line]


def foresee(terms: Terms, *, wall: datetime, owner: User | None, name: str = "") -> Shown:
    """``wall``: the arrival by the clock of the policy's calendar, without a zone. Raises EmptyCalendar.

    A time that a DST change skips is taken as if the clock had not been changed.
    """
    book = current_book()
    calendar = Calendar.objects.get(pk=terms.calendar_id)
    working = book.calendar(terms.calendar_id)
    zone = working.zone
    found = forecast(
        Timekeeper(terms.time_base, working),
        start=wall.replace(tzinfo=zone),
        minutes=terms.minutes,
        steps=terms.steps,
        people=people(),
        owner_id=owner.pk if owner else None,
    )
    names = dict(calendar.holidays.values_list("day", "name"))
    says = {user.pk: str(user) for user in User.objects.filter(is_active=True)}
    is_working = terms.time_base == TimeBase.WORKING
    lines = [
        Line(found.started_at, "arrival", moment(found.started_at, zone), _("The lead arrives.")),
        *(_pause_line(pause, zone, names) for pause in found.pauses[:MOST_PAUSES]),
        Line(found.due_at, "due", moment(found.due_at, zone), _("The window ends.")),
        *(_step_line(telling, zone, says, is_working) for telling in found.tellings),
    ]
    order = {"arrival": 0, "pause": 1, "due": 2, "step": 3}
    lines.sort(key=lambda line: (line.at, order[line.kind]))
    return Shown(
        policy=name or str(Policy.objects.get(pk=terms.policy_id)),
        calendar=calendar.name,
        zone=calendar.time_zone,
        window=in_words(terms.minutes * 60, working=is_working),
        lines=lines,
    )


def moment(at: datetime, zone: ZoneInfo) -> str:
    """ "Friday, 6 March 2026, 17:58" in the reader's language, by the calendar's wall."""
    local = at.astimezone(zone)
    return f"{day_words(local.date(), Shape.LONG_DAY)}, {local:%H:%M}"


def _step_line(telling: Telling, zone: ZoneInfo, says: Mapping[int, str], working: bool) -> Line:
    told = [f"{says.get(pk, pk)} ({Recipient(role).label})" for pk, role in telling.told.people.items()]
    text = _("%(people)s: a reminder.") % {"people": ", ".join(told)} if told else _("Nobody can be told.")
    missing = ", ".join(str(Recipient(role).label) for role in telling.told.missing)
    note = offset_words(telling.offset, working=working)
    if missing:
        note += ". " + _("Nobody holds this place, so others stand in: %(roles)s.") % {"roles": missing}
    return Line(telling.at, "step", moment(telling.at, zone), text, note)


def offset_words(offset: int, *, working: bool) -> str:
    """When a step happens, from the due time: "10 minutes late"."""
    if offset == 0:
        return _("When it is due")
    time = in_words(60 * abs(offset), working=working)
    return _("%(time)s before") % {"time": time} if offset < 0 else _("%(time)s late") % {"time": time}


def _pause_line(pause: Pause, zone: ZoneInfo, names: Mapping[date, str]) -> Line:
    goes_on = moment(pause.until, zone)
    text = _("The clock stands still until %(moment)s: %(why)s.") % {
        "moment": goes_on,
        "why": why_still(pause, zone, names),
    }
    return Line(pause.since, "pause", moment(pause.since, zone), text)


def why_still(pause: Pause, zone: ZoneInfo, names: Mapping[date, str]) -> str:
    """Holidays by name, weekends, days without hours; else the night or a break."""
    reasons: list[str] = []
    for day in pause.days:
        if day in names:
            reasons.append(names[day] or _("holiday"))
        else:
            reasons.append(_("weekend") if day.weekday() >= SATURDAY else _("a day without hours"))
    if not reasons:
        overnight = pause.since.astimezone(zone).date() != pause.until.astimezone(zone).date()
        reasons = [_("night") if overnight else _("outside working hours")]
    return ", ".join(dict.fromkeys(reasons))
