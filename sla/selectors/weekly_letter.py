"""What the weekly mail to the CEO and the heads of both teams says.

Written when it is sent, so it tells how things stand then.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel.rules.periods import Span, month_start, next_month
from funnel.selectors.lead_list import SEEING_ALL
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import ClockKind, Per, ReportPart
from ..models import Mail
from ..rules.promises import Kept
from ..rules.reports import Report
from ..rules.text import one_line
from .agreements import agreement_in_force
from .executive import DAY, WEEK, Escalation, TwoPromises, escalated, escalations, two_promises
from .measure import Card, present
from .measure_words import fact_words, pace_words, span_words, title_of
from .report_letters import agreed_cards

SHOWN = 10
"""Escalated leads named in the mail; the rest is one link away."""


def weekly_context(mail: Mail, report: Report, reader: User, *, at: dt.datetime) -> dict[str, Any]:
    """The week before the mail's Monday, that Monday's month until now, and what is open at the top.

    Every reader is told how many leads escalated; whose names are not theirs to see are left out."""
    monday = dt.date.fromisoformat(mail.context["monday"])
    waiting = escalated(at=at).filter(ended_at=None)
    count = waiting.count()
    told = waiting if reader.role in SEEING_ALL else waiting.filter(lead__in=leads_visible_to(reader))
    rows = [_line(one) for one in escalations(told[:SHOWN], at=at)]
    tells_top, tells_promises = report.tells(ReportPart.ESCALATED), report.tells(ReportPart.PROMISES)
    is_top = reader.role in (Role.EXECUTIVE, Role.ADMIN)
    return {
        "subject": _subject(count) if tells_top else _("Your week: both promises"),
        "tells_top": tells_top,
        "escalations": rows if tells_top else [],
        "waiting": count,
        "more": max(0, count - len(rows)) if tells_top else 0,
        "parts": _promises(monday, at) if tells_promises else [],
        "page_url": settings.SITE_URL + reverse("sla:executive" if is_top else "sla:measure-now"),
        "profile_url": settings.SITE_URL + reverse("accounts:profile"),
    }


def _promises(monday: dt.date, at: dt.datetime) -> list[dict[str, Any]]:
    """As they are agreed; where nothing is, both promises as the product knows them."""
    now = present(at)
    if agreement_in_force(at) is None:
        week = Span(monday - WEEK, monday - DAY)
        month = Span(month_start(monday), next_month(monday) - DAY)
        # A mail that goes out late compares what was delivered until then with what was due until then.
        today = max(monday, localdate(at))
        return [
            _part(_("The week before"), two_promises(span=week, at=at, today=monday)),
            _part(_("This month until now"), two_promises(span=month, at=at, today=today)),
        ]
    return [
        _agreed(_("The week before"), agreed_cards(now, monday - DAY, per=Per.WEEK)),
        _agreed(_("This month until now"), agreed_cards(now, now.today, per=Per.MONTH)),
    ]


def _agreed(title: str, cards: list[Card]) -> dict[str, Any]:
    lines = []
    for one in cards:
        lines.append(f"{title_of(one.term)}: {fact_words(one.now)}")
        lines += [words for words in (pace_words(one.now),) if words]
    return {"title": f"{title}, {span_words(cards[0].now.span)}" if cards else title, "lines": lines}


def _subject(count: int) -> str:
    if not count:
        return _("Your week: nothing waits at the top")
    text = ngettext(
        "Your week: %(count)d lead waits at the top", "Your week: %(count)d leads wait at the top", count
    )
    return text % {"count": count}


def _line(one: Escalation) -> dict[str, str]:
    lead = one.clock.lead
    company = one_line(str(lead.company or lead.company_name))
    name = one_line(str(lead))
    people = [one_line(str(person)) for person in (one.rep, one.boss) if person]
    return {
        "name": f"{name} ({company})" if company else name,
        "late": one.late,
        "people": " · ".join(people) or _("nobody's"),
        "url": f"{settings.SITE_URL}/leads/{lead.pk}/",
    }


def _part(title: str, found: TwoPromises) -> dict[str, Any]:
    days = [day for day in (found.span.first, found.span.last) if day is not None]
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in days)
    names = {
        ClockKind.FIRST_CONTACT: _("Contacted in time"),
        ClockKind.DECISION: _("Decided within seven days"),
        ClockKind.AE_DECISION: _("Decided within the AE's week"),
    }
    lines = [_delivered(found), *_accepted(found)]
    lines += [_kept(label, found.promises[kind]) for kind, label in names.items()]
    return {"title": f"{title}, {first} – {last}", "lines": lines}


def _delivered(found: TwoPromises) -> str:
    values = {"n": found.mql.reached.count, "due": found.mql.plan_by_now, "plan": found.mql.plan}
    if values["due"] is None:
        return _("MQLs delivered: %(n)d; no plan is set") % values
    return _("MQLs delivered: %(n)d of %(due)d due (plan: %(plan)d)") % values


def _accepted(found: TwoPromises) -> list[str]:
    decided = found.quality.decided
    if not decided:
        return []
    values = {"accepted": found.quality.accepted.count, "decided": decided}
    return [_("Accepted by sales: %(accepted)d of %(decided)d decided") % values]


def _kept(label: str, kept: Kept) -> str:
    if kept.percent is None:
        return _("%(label)s: nothing to judge yet") % {"label": label}
    values = {"label": label, "percent": number_format(round(kept.percent, 1))}
    values |= {"kept": str(kept.kept), "decided": str(kept.decided)}
    return _("%(label)s: %(percent)s %% (%(kept)s of %(decided)s)") % values
