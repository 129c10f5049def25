"""What a lead's scores are computed from, and why they are what they are."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from ..models import Activity, Lead
from ..rules import scoring as rules
from ..rules.conditions import CUSTOM, Facts
from ..rules.seniority import seniority_of
from .rule_sets import live_rule_set

_COMPANY = ("name", "domain", "employees", "industry", "country", "annual_revenue")
SCORED_COLUMNS = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "seniority",
    "country",
    "language",
    "company_name",
    "budget",
    "need",
    "timeline",
    "source",
    "landing_page",
    "custom",
    "fit",
    "interest",
    "intent",
    "rule_set_id",
    "persona_id",
    "persona_fixed",
    "company_id",
    *(f"company__{name}" for name in _COMPANY),
)
"""What scoring reads of a lead; batches load nothing else."""


def facts_of(lead: Lead) -> Facts:
    """Field name → value of a lead and its company, as conditions name them.

    Reads ``lead.company`` (select it with the lead). The level of the contact falls back to what
    the job title says.
    """
    company = lead.company  # of a lead that is being made it may have no id yet
    facts: dict[str, object] = {
        "email": lead.email,
        "email_domain": domain_of(lead.email),
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone,
        "job_title": lead.job_title,
        "seniority": lead.seniority or seniority_of(lead.job_title),
        "country": lead.country,
        "language": lead.language,
        "company_name": lead.company_name,
        "budget": lead.budget,
        "need": lead.need,
        "timeline": lead.timeline,
        "source": lead.source,
        "landing_page": lead.landing_page,
    }
    if company is not None:
        for name in _COMPANY:
            facts[f"company.{name}"] = getattr(company, name)
    for name, value in (lead.custom or {}).items():
        facts[f"{CUSTOM}{name}"] = value
    return facts


def domain_of(email: str) -> str:
    return email.rpartition("@")[2]


def events_of(
    lead_ids: Collection[int], kinds: Collection[str], *, until: datetime | None = None
) -> dict[int, list[rules.Event]]:
    """Events that count for the scores, by lead id: one query, other kinds are not read."""
    rows = Activity.objects.filter(lead_id__in=lead_ids, is_scored=True, kind__in=sorted(kinds))
    if until is not None:
        rows = rows.filter(occurred_at__lte=until)
    found: dict[int, list[rules.Event]] = {}
    columns = rows.order_by().values_list("lead_id", "kind", "asset", "occurred_at", "id")
    for lead_id, kind, asset, occurred_at, pk in columns.iterator(chunk_size=5000):
        found.setdefault(lead_id, []).append(rules.Event(kind, asset, occurred_at, pk))
    return found


def explain(lead: Lead, at: datetime) -> rules.Scores | None:
    """Why the lead scores what it does, rule by rule, by the live rules; None before any is live."""
    return explainer([lead.pk])(lead, at)


def explainer(lead_ids: Collection[int]) -> Callable[[Lead, datetime], rules.Scores | None]:
    """``explain`` for any of these leads; the live rules and all their events are read once, now."""
    rule_set = live_rule_set()
    if rule_set is None:
        return lambda lead, at: None
    events = events_of(lead_ids, rule_set.kinds) if lead_ids else {}
    return lambda lead, at: rules.score(rule_set, facts_of(lead), events.get(lead.pk, []), at)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A threshold of the live rules, and whether the scores meet it."""

    stage: str
    min_fit: int
    min_interest: int
    min_intent: int
    met: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that pages and API show about a lead's scores; ``version`` None: no rules yet."""

    lead: int
    at: datetime
    version: int | None
    fit: int
    interest: int
    intent: int
    grade: str
    reaches: str
    next_change_at: datetime | None
    stored_at: datetime | None
    lines: tuple[rules.Line, ...]
    thresholds: tuple[Agreed, ...]


def explanation(lead: Lead, at: datetime) -> Explanation:
    """``explain`` with the thresholds beside it; two queries once the live rules are cached."""
    rule_set = live_rule_set()
    scores = rules.Scores()
    agreed: tuple[rules.Threshold, ...] = ()
    if rule_set is not None:
        events = events_of([lead.pk], rule_set.kinds).get(lead.pk, [])
        scores = rules.score(rule_set, facts_of(lead), events, at)
        agreed = rule_set.thresholds
    return Explanation(
        lead=lead.pk,
        at=at,
        version=rule_set.version if rule_set else None,
        fit=scores.fit,
        interest=scores.interest,
        intent=scores.intent,
        grade=scores.grade,
        reaches=rules.qualifies(agreed, scores.values),
        next_change_at=scores.next_change_at,
        stored_at=lead.scored_at,
        lines=scores.lines,
        thresholds=tuple(
            Agreed(t.stage, t.min_fit, t.min_interest, t.min_intent, rules.meets(t, scores.values))
            for t in agreed
        ),
    )


def qualification(lead: Lead) -> str:
    """The furthest stage the agreed thresholds give these scores: "mql", "target" or "none"."""
    rule_set = live_rule_set()
    return (
        rules.qualifies(rule_set.thresholds, (lead.fit, lead.interest, lead.intent)) if rule_set else "none"
    )
