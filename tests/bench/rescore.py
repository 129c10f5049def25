"""How long everybody takes to be scored again after new rules were published."""

import time
from dataclasses import replace
from datetime import timedelta

from django.db import connection, models
from django.utils import timezone

from leads.enums import ActivityKind
from leads.models import Activity, Lead, Rescore, RuleSet
from leads.rules import scoring as rules
from leads.selectors import rule_sets
from leads.services.drafts import create_draft
from leads.services.publishing import publish
from leads.services.rescoring import run_rescore

from .figures import Figure
from .seed import insert, seed_funnel

EVENTS = 5
KINDS = [
    str(kind)
    for kind in (
        ActivityKind.DOWNLOAD,
        ActivityKind.PAGE_VIEW,
        ActivityKind.EMAIL_CLICK,
        ActivityKind.WEBINAR,
        ActivityKind.EMAIL_OPEN,
    )
]


def measure(*, leads: int) -> list[Figure]:
    """So many leads with five events each: scored by the live rules, then by new ones."""
    first = (Lead.objects.aggregate(last=models.Max("pk"))["last"] or 0) + 1
    seed_funnel(journeys=leads, at=timezone.now())
    _give_events(first)
    _score(first, note="as it was")
    took, changed = _score(first, note="page views count double")
    return [
        Figure("leads, each with five events", leads),
        Figure("re-scored after a publish", leads / took, "leads/s"),
        Figure("share whose score changed", changed / leads),
    ]


def _give_events(first: int) -> None:
    """Five kinds over half a year; a fifth of the leads fit."""
    given = {
        "lead_id": "lead.id",
        "kind": f"(ARRAY{KINDS})[n]",
        "asset": "CASE n WHEN 1 THEN 'white paper' WHEN 2 THEN 'blog' ELSE '' END",
        "occurred_at": "now() - n * 30 * interval '1 day' - (lead.id % 30) * interval '1 day'",
        "recorded_at": "now()",
        "source": "'api'",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead SET country = 'ES', seniority = 'director' WHERE id >= %s AND id %% 5 = 0",
            [first],
        )
        source = f"leads_lead lead CROSS JOIN generate_series(1, {EVENTS}) n WHERE lead.id >= {first}"
        insert(cursor, Activity, given, source)
        cursor.execute("VACUUM ANALYZE leads_lead")
        cursor.execute("VACUUM ANALYZE leads_activity")


def _score(first: int, *, note: str) -> tuple[float, int]:
    """Publish the live rules with dearer page views; (seconds for the leads from ``first`` on, changes)."""
    at = timezone.now() + timedelta(seconds=1)
    live = rule_sets.live_rule_set()
    assert live is not None
    groups = [_dearer(group) for group in live.groups]
    draft: RuleSet = create_draft(actor=None, at=at, note=note, groups=groups, thresholds=live.thresholds)
    job = publish(rule_set_id=draft.pk, actor=None, at=at)
    # The leads before ours have no events; what they cost would flatter the figure.
    Rescore.objects.filter(pk=job.pk).update(last_lead_id=first - 1)
    began = time.perf_counter()
    while job.finished_at is None:
        job = run_rescore(rescore_id=job.pk, at=at)
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_scorechange WHERE rule_set_id = %s", [draft.pk])
        return took, cursor.fetchone()[0]


def _dearer(group: rules.Group) -> rules.Group:
    views = ActivityKind.PAGE_VIEW
    own = [replace(rule, points=rule.points * 2) if rule.kind == views else rule for rule in group.rules]
    return replace(group, rules=tuple(own))
