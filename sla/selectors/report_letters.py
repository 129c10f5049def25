"""What the reports say; written when they are sent, so that they tell how things stand then.

Names of leads are told only to who may see them; the numbers are the same for everybody.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel.rules.periods import Span, month_start, next_month
from funnel.rules.report import Filters
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Side
from smarketing.accounts.models import User

from ..enums import ClockState, MailKind, Per, ReportPart, SplitBy
from ..models import Mail
from ..rules.measure import DAY, Now, Stretch, Term
from ..rules.reports import Report
from ..rules.sending import issue_of
from ..rules.text import one_line
from .agreements import agreement_in_force
from .fruitless import (
    OLD,
    Found,
    first_of,
    given_up_early,
    leads_by_owner,
    neglected,
    neglected_by_owner,
    not_contacted,
)
from .measure import Card, cards, period_of, present, term_of_targets, terms_of
from .measure_words import fact_words, pace_words, span_words, title_of
from .quality import quality_in
from .whole_stretch import others_in, wholes

LISTED = 50
"""Leads named under one heading; the rest is counted."""
FEW = 1000
SOURCES = 10


@dataclass
class Section:
    title: str
    lines: list[str] = field(default_factory=list)
    leads: list[dict[str, str]] = field(default_factory=list)
    more: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.leads


def report_context(mail: Mail, report: Report, reader: User, *, at: dt.datetime) -> dict[str, Any]:
    """Of one of the nightly reports."""
    makers = {MailKind.DELIVERED: _delivered, MailKind.NOT_ON_IT: _not_on_it}
    subject, sections = makers[report.kind](mail, report, reader, at)
    return {
        "subject": subject,
        "sections": [section for section in sections if not section.is_empty],
        "page_url": settings.SITE_URL + reverse("sla:measure-now"),
        "profile_url": settings.SITE_URL + reverse("accounts:profile"),
    }


def has_nothing_to_tell(mail: Mail, report: Report, *, at: dt.datetime) -> bool:
    """Only the list of what was neglected can be empty."""
    if report.kind != MailKind.NOT_ON_IT:
        return False
    return not any(found.found(*found.moments).exists() for found in _neglect(mail, report, at))


def marketing_cards(now: Now, day: dt.date, *, per: Per, by: SplitBy = SplitBy.SOURCE) -> list[Card]:
    """Marketing's promises; where no agreement is in force, the monthly targets."""
    return [one for one in agreed_cards(now, day, per=per, by=by) if one.term.side == Side.MARKETING]


def agreed_cards(now: Now, day: dt.date, *, per: Per, by: SplitBy = SplitBy.SOURCE) -> list[Card]:
    agreement = agreement_in_force(now.at)
    month = Span(month_start(day), next_month(day) - DAY)
    terms: list[Term]
    if agreement is None:
        terms, period = [term_of_targets(month)], month
    else:
        terms, period = terms_of(agreement), period_of(agreement)
    return cards(terms, period=period, day=day, per=per, by=by, now=now)


def _delivered(mail: Mail, report: Report, reader: User, at: dt.datetime) -> tuple[str, list[Section]]:
    now = present(at)
    day = issue_of(mail.context).due_at.astimezone(now.zone).date()
    months = marketing_cards(now, day, per=Per.MONTH)
    days = marketing_cards(now, day, per=Per.DAY)
    together = _whole_month(months, now, day)
    sections = []
    if report.tells(ReportPart.PLAN):
        sections += [
            _against_plan(month, today, together.get(month.term.id or 0))
            for month, today in zip(months, days, strict=True)
        ]
    if report.tells(ReportPart.SOURCES):
        rows = [
            f"{group.label or _('not given')}: {number_format(group.stretch.fact.kept.kept)}"
            for group in months[0].groups[:SOURCES]
        ]
        sections.append(Section(_("This month by source"), rows))
    if report.tells(ReportPart.VERDICTS):
        quality = quality_in(filters=Filters(), span=months[0].now.span)
        values = {"accepted": quality.accepted.count, "back": quality.given_back.count}
        line = _("Of this month's MQLs: %(accepted)d accepted, %(back)d given back") % values
        sections.append(Section(_("What sales made of them"), [line]))
    first = together.get(months[0].term.id or 0, months[0].now)
    return _("Delivered so far: %(fact)s") % {"fact": fact_words(first)}, sections


def _whole_month(months: Sequence[Card], now: Now, day: dt.date) -> dict[int, Stretch]:
    """Of each count, with the days of the month that another version of the agreement held."""
    agreement = agreement_in_force(now.at)
    if agreement is None:
        return {}
    others = others_in(agreement, months[0].now.span, day, Per.MONTH) if months else []
    return wholes([one.now for one in months], others, now=now)


def _against_plan(month: Card, day: Card, whole: Stretch | None) -> Section:
    lines = [_("Today: %(fact)s") % {"fact": fact_words(day.now)}]
    so_far = {"fact": fact_words(month.now)}
    if whole is None:
        lines.append(_("This month: %(fact)s") % so_far)
    else:
        so_far["days"] = span_words(month.now.span)
        lines.append(_("This version of the agreement, %(days)s: %(fact)s") % so_far)
        lines.append(_("The whole month, all versions together: %(fact)s") % {"fact": fact_words(whole)})
    pace = pace_words(month.now)
    return Section(title_of(month.term), [*lines, *([pace] if pace else [])])


def _not_on_it(mail: Mail, report: Report, reader: User, at: dt.datetime) -> tuple[str, list[Section]]:
    found = [_listed(neglect) for neglect in _neglect(mail, report, at)]
    seen = _seen(reader, {clock.lead_id for one in found for clock in one.shown})
    sections = []
    if report.tells(ReportPart.BY_REP):
        rows = [f"{name}: {number_format(n)}" for name, n in _by_name(found)]
        sections.append(Section(_("On the list, by rep"), rows))
    for one in found:
        lines = [_line(clock, seen, at) for clock in one.shown]
        sections.append(Section(one.title, leads=lines, more=one.count - len(lines)))
    leads = len({lead for one in found for theirs in one.leads.values() for lead in theirs})
    if not leads:
        return _("Nobody is on the list: every lead got what was promised"), []
    text = ngettext("Don't be on it: %(n)d lead", "Don't be on it: %(n)d leads", leads)
    return text % {"n": leads}, sections


@dataclass(frozen=True, slots=True)
class _Listed:
    """Under one heading: the clocks that are shown; of all of them only the leads, by owner."""

    title: str
    shown: list[Any]
    leads: dict[int | None, list[int]]

    @property
    def count(self) -> int:
        return sum(map(len, self.leads.values()))


@dataclass(frozen=True, slots=True)
class _Neglect:
    title: str
    found: Found
    moments: tuple[dt.datetime, ...]

    def by_owner(self) -> dict[int | None, list[int]]:
        if self.found is neglected:
            return neglected_by_owner(*self.moments)
        return leads_by_owner(self.found, *self.moments)


def _listed(one: _Neglect) -> _Listed:
    """Two statements: there may be thousands, of whom few are named."""
    leads = one.by_owner()
    ids = [lead for theirs in leads.values() for lead in theirs]
    if not ids:
        return _Listed(one.title, [], leads)
    # Few are found again by their leads; of many the first are found before all have been looked at.
    few = ids if len(ids) <= FEW else None
    return _Listed(one.title, first_of(one.found, *one.moments, most=LISTED, leads=few), leads)


def _by_name(found: list[_Listed]) -> list[tuple[str, int]]:
    """Everybody who has any, most first."""
    counts: Counter[int | None] = Counter()
    for one in found:
        counts.update({owner: len(leads) for owner, leads in one.leads.items()})
    named = User.objects.only("first_name", "last_name", "email")
    people = named.in_bulk([owner for owner in counts if owner is not None])
    names: Counter[str] = Counter()
    for owner, n in counts.items():
        names[one_line(str(_("Nobody") if owner is None else people[owner]))] += n
    return sorted(names.items(), key=_most_first)


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _neglect(mail: Mail, report: Report, at: dt.datetime) -> Iterable[_Neglect]:
    issue = issue_of(mail.context)
    lately = (issue.since, issue.due_at)
    if report.tells(ReportPart.NOT_CONTACTED):
        yield _Neglect(_("Not contacted in time since the last mail"), not_contacted, lately)
    if report.tells(ReportPart.FEW_ATTEMPTS):
        yield _Neglect(_("Given up under the agreed attempts"), given_up_early, lately)
        yield _Neglect(_("Two weeks old, under the agreed attempts"), neglected, (at - OLD,))


def _seen(reader: User, lead_ids: set[int]) -> set[int]:
    return set(leads_visible_to(reader).filter(pk__in=lead_ids).values_list("pk", flat=True))


def _line(clock: Any, seen: set[int], at: dt.datetime) -> dict[str, str]:
    is_seen = clock.lead_id in seen
    company = one_line(str(clock.lead.company or clock.lead.company_name))
    name = one_line(str(clock.lead))
    named = f"{name} ({company})" if company else name
    return {
        "name": named if is_seen else _("a lead of another team"),
        "url": f"{settings.SITE_URL}/leads/{clock.lead_id}/" if is_seen else "",
        "note": " · ".join([one_line(str(clock.owner or _("Nobody"))), _state(clock, at)]),
    }


def _state(clock: Any, at: dt.datetime) -> str:
    if hasattr(clock, "made"):
        values = {"made": clock.made, "agreed": clock.attempts}
        return _("%(made)d of %(agreed)d agreed attempts") % values
    if clock.state == ClockState.MET_LATE:
        return _("contacted too late")
    return _("never contacted") if clock.ended_at else _("still not contacted")
