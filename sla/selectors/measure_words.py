"""A promise's numbers in a reader's words; the same on the page and in the mails."""

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel.rules.periods import Span

from ..enums import PromiseKind
from ..rules.measure import Stretch, Term
from ..rules.pace import Pace


def title_of(term: Term) -> str:
    """What was promised, in one line."""
    number = term.number or 0
    says = {
        PromiseKind.MQLS: _("MQLs delivered"),
        PromiseKind.MQL_VALUE: _("Value of the MQLs delivered"),
        PromiseKind.FIRST_CONTACT: ngettext(
            "Contacted within %(number)d working minute",
            "Contacted within %(number)d working minutes",
            number,
        ),
        PromiseKind.ATTEMPTS: ngettext(
            "%(number)d attempt before a lead is given up",
            "%(number)d attempts before a lead is given up",
            number,
        ),
        PromiseKind.DECISION: ngettext(
            "Decided within %(number)d day", "Decided within %(number)d days", number
        ),
        PromiseKind.AE_DECISION: ngettext(
            "Decided by the AE within %(number)d day",
            "Decided by the AE within %(number)d days",
            number,
        ),
        PromiseKind.ACCEPTED_SHARE: _("Accepted by sales"),
    }
    title = says[term.kind] % {"number": number}
    return _("%(title)s, from %(source)s") % {"title": title, "source": term.source} if term.source else title


def amount(term: Term, value: float | None) -> str:
    """A value in the promise's unit: leads, money or percent."""
    if value is None:
        return "–"
    if term.kind == PromiseKind.MQL_VALUE:
        return f"{number_format(round(value), use_l10n=True, force_grouping=True)} {term.currency}"
    if term.is_count:
        return number_format(round(value), use_l10n=True, force_grouping=True)
    return _("%(share)s %%") % {"share": shown(value)}


def shown(share: float) -> str:
    """A percentage without an idle zero."""
    rounded = round(share, 1)
    return number_format(int(rounded) if rounded == int(rounded) else rounded)


def fact_words(one: Stretch) -> str:
    """What is done, against what is due or agreed."""
    term, kept = one.term, one.fact.kept
    if term.is_count:
        values = {
            "done": amount(term, one.done),
            "due": amount(term, one.due),
            "plan": amount(term, one.plan),
        }
        if one.plan is None:
            return _("%(done)s; no plan is set") % values
        if one.due is None or one.due == one.plan:
            return _("%(done)s of %(plan)s planned") % values
        return _("%(done)s of %(due)s due by now (plan: %(plan)s)") % values
    if not kept.given:
        return _("nothing to judge yet")
    values = {"share": amount(term, one.done), "target": amount(term, term.target)}
    values |= {"kept": str(kept.kept), "decided": str(kept.decided), "open": str(kept.open)}
    if not kept.decided:
        return _("nothing decided yet (%(open)s open); agreed: %(target)s") % values
    if kept.open:
        return _("%(share)s (%(kept)s of %(decided)s decided; %(open)s open); agreed: %(target)s") % values
    return _("%(share)s (%(kept)s of %(decided)s); agreed: %(target)s") % values


def pace_words(one: Stretch) -> str:
    """How the running stretch will end; empty for one that is over, or without anything to go by."""
    pace = one.pace
    if pace is None or one.span.last is None:
        return ""
    term = one.term
    values = {
        "middle": amount(term, pace.middle),
        "low": amount(term, pace.low),
        "high": amount(term, pace.high),
        "day": date_format(one.span.last, "MONTH_DAY_FORMAT"),
        "share": "" if share_of_plan(one) is None else shown(round(share_of_plan(one) or 0)),
    }
    if pace.low == pace.high:
        said = _("Nothing more is to come until %(day)s: %(middle)s")
    elif term.is_count and values["share"]:
        said = _(
            "At this rate %(share)s %% of the plan by %(day)s: %(middle)s, "
            "eight times out of ten between %(low)s and %(high)s"
        )
    else:
        said = _("At this rate %(middle)s by %(day)s, eight times out of ten between %(low)s and %(high)s")
    return said % values + _chance(pace) + "."


def share_of_plan(one: Stretch) -> float | None:
    """Percent of the plan that the running stretch will end with."""
    return 100 * one.pace.middle / one.plan if one.pace and one.plan else None


def _chance(pace: Pace) -> str:
    if pace.chance is None or pace.low == pace.high:
        return ""
    return _("; chance of keeping it: %(chance)s %%") % {"chance": number_format(round(pace.chance))}


def span_words(span: Span) -> str:
    days = [day for day in (span.first, span.last) if day is not None]
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in days)
    return first if first == last else f"{first} – {last}"
