"""When a lead would have become an MQL under some rules, had they counted all along."""

from collections.abc import Sequence
from datetime import datetime

from .conditions import Facts
from .scoring import Event, RuleSet, qualifies
from .totals import Totals


def first_mql(
    rule_set: RuleSet,
    facts: Facts,
    events: Sequence[Event],
    created_at: datetime,
    since: datetime,
    totals: Totals | None = None,
) -> datetime | None:
    """The first moment at which the scores meet the thresholds of MQL, if it is not before ``since``.

    Scores rise only when something happens, so the moments of the events (and of the lead's
    creation) are all that need looking at. The facts are those of now: what was known of the lead
    at an earlier moment is not kept. ``totals``: those of the rule set, for whoever asks for many leads.
    """
    if created_at < since and not any(event.occurred_at >= since for event in events):
        return None
    ordered = sorted(events, key=lambda event: event.occurred_at)
    totals = totals or Totals(rule_set)
    moments = sorted({created_at, *(event.occurred_at for event in ordered)})
    for moment in moments:
        known = [event for event in ordered if event.occurred_at <= moment]
        [values] = totals.of(facts, known, moment)
        if qualifies(rule_set.thresholds, values) == "mql":
            return moment if moment >= since else None
    return None
