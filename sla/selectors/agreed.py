"""What the agreement in force sets in the product, and where the product differs from it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from funnel.enums import Stage
from funnel.rules.periods import Span, month_start
from funnel.selectors.flow import targets_in
from leads.rules.agreed import Agreed
from leads.selectors.agreed import is_as_agreed
from leads.selectors.rule_sets import live_rule_set

from ..enums import AgreedPart, ClockKind
from ..models import Agreement, Policy
from ..rules.agreed import Deviation, Numbers, deviations, differing, targets, wanted
from ..rules.document import goal_in, promises_in, span_in
from .agreements import agreement_in_force, day_of

Months = dict[dt.date, dict[Stage, int]]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Where the product is not as agreed. ``scoring``: other rules are live, or none."""

    targets: Mapping[dt.date, Mapping[Stage, tuple[int, int | None]]]
    policies: Sequence[Deviation]
    scoring: bool

    @property
    def parts(self) -> list[AgreedPart]:
        found = (
            (AgreedPart.TARGETS, self.targets),
            (AgreedPart.POLICIES, self.policies),
            (AgreedPart.SCORING, self.scoring),
        )
        return [part for part, differs in found if differs]


def conflicts_of(agreement: Agreement) -> Conflicts:
    """Of an agreement in force; about ten statements."""
    return Conflicts(
        targets=differing(agreed_counts(agreement), stored_counts(agreement)),
        policies=policy_deviations(agreement),
        scoring=not scoring_is_as_agreed(agreement),
    )


def content(agreement: Agreement) -> dict[str, Any]:
    assert agreement.frozen is not None
    return agreement.frozen


def agreed_counts(agreement: Agreement) -> Months:
    """Targets by month and stage, from the month on in which it came into force."""
    assert agreement.in_force_from is not None
    said = content(agreement)
    return targets(goal_in(said), span_in(said), promises_in(said), since=agreement.in_force_from)


def stored_counts(agreement: Agreement) -> Months:
    found: Months = {}
    for stage, counts in targets_in(Span(agreement.first_day, agreement.last_day)).items():
        for month, count in counts.items():
            found.setdefault(month, {})[stage] = count
    return found


def policy_deviations(agreement: Agreement) -> list[Deviation]:
    asked = wanted(promises_in(content(agreement)))
    known = numbers_by_kind()
    return [one for kind, terms in asked.items() for one in deviations(kind, terms, known.get(kind, []))]


def numbers_by_kind() -> dict[str, list[Numbers]]:
    """Of active policies, in the order in which they are taken."""
    found: dict[str, list[Numbers]] = {}
    for policy in Policy.objects.filter(is_active=True):
        found.setdefault(policy.kind, []).append(numbers_of(policy))
    return found


def numbers_of(policy: Policy) -> Numbers:
    return Numbers(
        policy.pk,
        policy.name,
        policy.minutes,
        policy.attempts,
        policy.time_base,
        is_general=not policy.conditions,
    )


def scoring_is_as_agreed(agreement: Agreement) -> bool:
    agreed, live = agreed_rules(agreement), live_rule_set()
    return agreed is None or (live is not None and is_as_agreed(live, agreed))


def agreed_rules(agreement: Agreement) -> Agreed | None:
    said = content(agreement)["scoring"]
    return said and Agreed(str(agreement), address_of(agreement), said["id"], said["fingerprint"])


def agreed_scoring(at: dt.datetime) -> Agreed | None:
    """Answer to ``leads.signals.scoring_agreed``."""
    found = agreement_in_force(at)
    return agreed_rules(found) if found else None


def agreed_month(month: dt.date, at: dt.datetime) -> Agreed | None:
    """Answer to ``funnel.signals.targets_agreed``. Months that are over keep the targets that were
    agreed for them; those of an agreement that has not begun are not set yet."""
    begun = Agreement.objects.signed().filter(in_force_from__lte=day_of(at)).order_by("-in_force_from")
    for one in begun.filter(last_day__gte=month):
        assert one.in_force_from is not None and one.in_force_until is not None
        if month_start(one.in_force_from) <= month <= one.in_force_until:
            return Agreed(str(one), address_of(one))
    return None


def address_of(agreement: Agreement) -> str:
    return reverse("sla:agreement", args=[agreement.pk])


def new_deviations(policy: Policy, *, at: dt.datetime, gone: bool = False) -> tuple[str, list[Deviation]]:
    """The name of the agreement in force, and what would differ from it that does not yet, if
    ``policy`` (perhaps new) were stored as it is, or ``gone``."""
    agreement = agreement_in_force(at)
    if agreement is None:
        return "", []
    asked = wanted(promises_in(content(agreement)))
    stored = list(Policy.objects.filter(is_active=True))
    rest = [one for one in stored if one.pk != policy.pk]
    after = rest if gone or not policy.is_active else [*rest, policy]
    after.sort(key=lambda one: (one.position, one.pk or float("inf")))
    found: list[Deviation] = []
    for kind, terms in asked.items():
        lists = [[numbers_of(one) for one in some if one.kind == kind] for some in (stored, after)]
        known, would_be = (deviations(kind, terms, numbers) for numbers in lists)
        found += [one for one in would_be if one not in known]
    return str(agreement), found


def agreed_fields(policy: Policy, *, at: dt.datetime) -> tuple[Agreed | None, frozenset[str]]:
    """The agreement in force that sets numbers of ``policy``, and which of its fields. Only the first
    policy for every lead is set; those for some leads stay editable, as long as they are not looser."""
    agreement = agreement_in_force(at)
    if agreement is None:
        return None, frozenset()
    terms = wanted(promises_in(content(agreement))).get(ClockKind(policy.kind))
    others = Policy.objects.filter(is_active=True, kind=policy.kind, conditions=[])
    if terms is None or others.first() != policy:
        return None, frozenset()
    fields = {"kind", "is_active"}
    fields |= {"minutes", "time_base"} if terms.minutes is not None else set()
    fields |= {"attempts"} if terms.attempts is not None else set()
    return Agreed(str(agreement), address_of(agreement)), frozenset(fields)
