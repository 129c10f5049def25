"""Scoring rules and conditions as sentences that both teams can read aloud in a meeting."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..enums import ActivityKind, Dimension, Operator, Seniority
from .conditions import CUSTOM, Condition
from .scoring import Group, Rule, Threshold

PERSON: dict[str, Promise] = {
    "seniority": gettext_lazy("Level of the contact"),
    "job_title": gettext_lazy("Job title"),
    "country": gettext_lazy("Country of the contact"),
    "language": gettext_lazy("Language"),
    "email": gettext_lazy("E-mail address"),
    "email_domain": gettext_lazy("Domain of the e-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "phone": gettext_lazy("Phone"),
    "budget": gettext_lazy("Budget"),
    "need": gettext_lazy("Need"),
    "timeline": gettext_lazy("Timeline"),
}
COMPANY: dict[str, Promise] = {
    "company.employees": gettext_lazy("Employees of the company"),
    "company.annual_revenue": gettext_lazy("Annual revenue of the company"),
    "company.industry": gettext_lazy("Industry of the company"),
    "company.country": gettext_lazy("Country of the company"),
    "company.name": gettext_lazy("Name of the company"),
    "company.domain": gettext_lazy("Domain of the company"),
    "company_name": gettext_lazy("Company as given"),
}
ORIGIN: dict[str, Promise] = {
    "source": gettext_lazy("Source"),
    "landing_page": gettext_lazy("Landing page"),
}
FIELDS = PERSON | COMPANY | ORIGIN
"""What each field that a condition may test is called."""


def field_words(name: str) -> str:
    """``custom.<name>`` is told by the name that the form gave it."""
    return str(FIELDS[name]) if name in FIELDS else name.removeprefix(CUSTOM)


def condition_words(condition: Condition) -> str:
    """ "Employees of the company is at least 200" """
    operator = condition.operator
    words = str(Operator(operator).label) if operator in Operator.values else operator
    told = [field_words(condition.field), words]
    if operator not in (Operator.FILLED, Operator.EMPTY):
        told.append(value_words(condition.field, condition.value))
    return " ".join(told)


def value_words(field: str, value: object) -> str:
    """Alternatives with "or" between them; levels by their name."""
    options: Iterable[object] = value if isinstance(value, list | tuple) else [value]
    named = [
        str(Seniority(option).label) if field == "seniority" and option in Seniority.values else str(option)
        for option in options
    ]
    if len(named) < 2:
        return "".join(named)
    return _("%(some)s or %(last)s") % {"some": ", ".join(named[:-1]), "last": named[-1]}


def points_words(points: int) -> str:
    """With its sign, and a real minus."""
    return f"+{points}" if points >= 0 else f"\u2212{-points}"


def reason_words(rule: Rule) -> str:
    """What a rule asks for, without its points."""
    if rule.condition is not None:
        return condition_words(rule.condition)
    kind = str(ActivityKind(rule.kind).label) if rule.kind in ActivityKind.values else rule.kind
    if rule.asset:
        kind = _("%(activity)s with “%(asset)s” in its name") % {"activity": kind, "asset": rule.asset}
    if not rule.max_times:
        return _("%(activity)s, each time") % {"activity": kind}
    times = ngettext("%(activity)s, once", "%(activity)s, at most %(n)d times", rule.max_times)
    return times % {"activity": kind, "n": rule.max_times}


def rule_words(rule: Rule) -> str:
    """The rule in one line: ``+30 · Country is ES or PT``."""
    return f"{points_words(rule.points)} · {reason_words(rule)}"


def group_words(group: Group) -> str:
    """The cap and the decay of a group."""
    told = [_("At most %(cap)d points together.") % {"cap": group.cap}]
    if group.decay_percent:
        loses = ngettext(
            "Points fade: %(percent)d %% are lost every day.",
            "Points fade: %(percent)d %% are lost every %(days)d days.",
            group.decay_days,
        )
        told.append(loses % {"percent": group.decay_percent, "days": group.decay_days})
    elif group.dimension != Dimension.FIT:
        told.append(_("Points stay for good."))
    return " ".join(told)


def threshold_words(threshold: Threshold) -> str:
    """ "fit at least 30 and intent at least 70"; a dimension of which nothing is asked is left out."""
    asked = (
        (Dimension.FIT, threshold.min_fit),
        (Dimension.INTEREST, threshold.min_interest),
        (Dimension.INTENT, threshold.min_intent),
    )
    parts = [
        _("%(dimension)s at least %(points)d") % {"dimension": str(dimension.label).lower(), "points": points}
        for dimension, points in asked
        if points > 0
    ]
    if not parts:
        return _("anybody")
    return parts[0] if len(parts) == 1 else _(" and ").join([", ".join(parts[:-1]), parts[-1]])
