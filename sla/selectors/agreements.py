"""Agreements, and what the past says about the rates of a plan."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from funnel.enums import STAGES, Measure, OpportunityStatus, Stage
from funnel.rules.periods import EVER, Span, month_start
from funnel.rules.report import Filters
from funnel.selectors.funnel_journeys import Behind, journeys_behind
from funnel.selectors.funnel_report import funnel_report
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User

from ..enums import PromiseKind
from ..models import Agreement, AgreementPromise, AgreementQuerySet, AgreementSignature
from ..models.agreement import NEVER_BEGAN
from ..rules.chance import Lots
from ..rules.goal import Measured, measured
from ..rules.revenue import in_lots
from .statements import rows_of

MONTHS = 12
DAYS_OF_A_MONTH = 365.25 / 12
RIPE = dt.timedelta(days=90)
"""Leads that entered later than this before today may still be on their way to a deal; their months
would make every rate look worse than it is."""

DECIDED_IN = {PromiseKind.DECISION: Stage.MQL, PromiseKind.AE_DECISION: Stage.SQL}
"""The stage that a promised decision ends."""


@dataclass(frozen=True, slots=True)
class Past:
    """Entry cohorts of ``span``. ``is_ripe`` False: there were only younger ones, whose leads are partly
    still on their way. ``sale``: mean amount of their won ``deals`` in ``currency``, which most deals have;
    ``lots``: those amounts, many put together, and how many deals each stands for."""

    span: Span
    is_ripe: bool
    rates: dict[Stage, Measured]
    currency: str
    sale: Decimal | None
    entered_a_month: int
    deals: int = 0
    lots: Lots = ()


def agreements() -> AgreementQuerySet:
    """Newest period first, with their rates; three statements for any number."""
    return Agreement.objects.prefetch_related("rates")


def agreement_page(
    *, status: str, day: dt.date, after: tuple[dt.date, int] | None, size: int
) -> list[Agreement]:
    """Latest first day first; ``after``: first day and id of the last one of the page before."""
    found = Agreement.objects.order_by("-first_day", "-pk")
    if status:
        found = found.in_status(status, day)
    if after:
        found = found.filter(Q(first_day__lt=after[0]) | Q(first_day=after[0], pk__lt=after[1]))
    return list(found[:size])


def day_of(at: dt.datetime) -> dt.date:
    """The project's day, by which agreements begin and end."""
    return timezone.localdate(at, timezone.get_default_timezone())


def agreement_in_force(at: dt.datetime) -> Agreement | None:
    """What both sides have signed for the day of ``at``; at most one, by constraint."""
    return Agreement.objects.in_force_on(day_of(at)).first()


def targeted(agreement: Agreement | None) -> Span:
    """The days that the monthly targets are for: a month that the agreement only touches has a part."""
    return Span(agreement.first_day, agreement.last_day) if agreement else EVER


def promises_of(agreement: Agreement) -> list[AgreementPromise]:
    """In the order in which they were written down."""
    return list(agreement.promises.order_by("pk"))


def agreed_days(agreement: Agreement) -> dict[Stage, int]:
    """Days within which somebody is to decide on a lead of a stage."""
    promised = agreement.promises.filter(kind__in=DECIDED_IN).values_list("kind", "days")
    return {DECIDED_IN[PromiseKind(kind)]: days for kind, days in promised if days}


def versions_of(agreement: Agreement) -> AgreementQuerySet:
    """All versions of the same agreement, this one too, oldest first."""
    return Agreement.objects.filter(series=agreement.series).order_by("version")


def signatures_of(agreement: Agreement) -> list[AgreementSignature]:
    """Those that count: of the proposal at hand."""
    if agreement.is_draft:
        return []
    found = agreement.signatures.filter(proposal=agreement.proposals)
    return list(found.select_related("user").order_by("signed_at", "pk"))


def what_is_missing(agreement: Agreement, day: dt.date) -> list[str]:
    """Sentences that say what a draft lacks before it can be proposed on ``day``; nothing: it can."""
    heads = (agreement.marketing_head, agreement.sales_head)
    sides = {promise.side for promise in promises_of(agreement)}
    stages = {row.stage for row in agreement.rates.all()}
    problems = (
        (agreement.last_day < day, _("The period is over.")),
        (bool(set(STAGES[1:]) - stages), _("The plan lacks a rate.")),
        (heads[0] is None, _("Nobody is named as head of marketing.")),
        (heads[1] is None, _("Nobody is named as head of sales.")),
        (
            any(head and not head.is_active for head in heads),
            _("Somebody who is to sign cannot sign in any more."),
        ),
        (Side.MARKETING not in sides, _("Marketing promises nothing yet.")),
        (Side.SALES not in sides, _("Sales promises nothing yet.")),
        (agreement.rule_set is None, _("It is not said which scoring version counts.")),
    )
    other = taken_by(agreement, day)
    clash = (
        [taken_words(other, _("Choose other days, or change that one by a new version."))] if other else []
    )
    return [text for wrong, text in problems if wrong] + clash


def taken_by(agreement: Agreement, day: dt.date) -> Agreement | None:
    """Another agreement that both sides have signed for days which this one, signed on ``day``, would
    have. Versions of the same one give way to each other."""
    agreed = Agreement.objects.signed().exclude(NEVER_BEGAN).exclude(series=agreement.series)
    begins = max(agreement.first_day, day)
    taken = agreed.filter(in_force_from__lte=agreement.last_day, in_force_until__gte=begins)
    return taken.order_by("in_force_from").first()


def taken_words(other: Agreement, advice: str) -> str:
    assert other.in_force_from is not None and other.in_force_until is not None
    words = _(
        "%(agreement)s is agreed from %(first)s to %(last)s, and only one agreement counts on a day."
    ) % {
        "agreement": other,
        "first": date_format(other.in_force_from, "DATE_FORMAT"),
        "last": date_format(other.in_force_until, "DATE_FORMAT"),
    }
    return f"{words} {advice}"


def past(*, today: dt.date) -> Past:
    """What the last twelve months of ripe entry cohorts say; at most nine statements."""
    last = month_start(today - RIPE)
    ripe = _past(Span(_months_before(last, MONTHS), last - dt.timedelta(days=1)), is_ripe=True)
    if any(found.entered for found in ripe.rates.values()):
        return ripe
    return _past(Span(_months_before(month_start(today), MONTHS), today), is_ripe=False)


def _past(span: Span, *, is_ripe: bool) -> Past:
    told = (Measure.STATE, Measure.DEAL)  # and not how long leads stood or took to be won
    report = funnel_report(filters=Filters(entered=span), measures=told, is_dated=False)
    months = [{stage: cohort.reached[stage].count for stage in STAGES} for cohort in report.cohorts]
    money = max(report.revenue, key=lambda found: found.deals, default=None)
    # Nothing but zeros is no average that anybody could plan with.
    sale = (money.amount / money.deals).quantize(Decimal("0.01")) if money and money.amount else None
    entered = sum(month[Stage.NEW_NAME] for month in months)
    return Past(
        span=span,
        is_ripe=is_ripe,
        rates=measured(months),
        currency=money.currency if money else "",
        sale=sale,
        entered_a_month=round(entered / _months(report.cohorts[0].month, span)) if months else 0,
        deals=money.deals if money and sale else 0,
        lots=_lots(span, money.currency) if money and sale else (),
    )


def _lots(span: Span, currency: str) -> Lots:
    amounts = rows_of(_won, span, currency)
    each, counts = [float(amount) for amount, _n in amounts], [n for _amount, n in amounts]
    return tuple(in_lots(np.repeat(each, counts)))


def _won(span: Span, currency: str) -> Any:
    """Amounts, and how many deals of each."""
    won = Q(opportunity__status=OpportunityStatus.WON, opportunity__currency=currency)
    found = journeys_behind(filters=Filters(entered=span), behind=Behind()).filter(won).order_by()
    return found.values_list("opportunity__amount").annotate(n=Count("pk"))


def _months(first: dt.date, span: Span) -> float:
    """Since the first month that had leads; those without any count, and what has passed of this one."""
    assert span.last is not None
    return ((span.last - first).days + 1) / DAYS_OF_A_MONTH


def team_size() -> dict[str, int]:
    """Active SDRs and AEs, as a plan begins with them."""
    active = User.objects.filter(is_active=True, role__in=(Role.SDR, Role.AE))
    roles = list(active.values_list("role", flat=True))
    return {"sdrs": roles.count(Role.SDR), "aes": roles.count(Role.AE)}


def _months_before(month: dt.date, count: int) -> dt.date:
    number = month.year * 12 + month.month - 1 - count
    return dt.date(number // 12, number % 12 + 1, 1)
