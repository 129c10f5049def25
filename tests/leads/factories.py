"""Leads, what they did, and the rules that score them, for tests."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from leads.enums import ActivityKind, ActivitySource
from leads.models import Activity, Campaign, Company, Form, Lead, RuleSet
from leads.rules import scoring as rules
from leads.services.defaults import install_defaults
from leads.services.drafts import create_draft
from leads.services.publishing import publish

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
number = count(1)


def make_company(**fields: Any) -> Company:
    serial = next(number)
    fields.setdefault("domain", f"company{serial}.example")
    fields.setdefault("name", f"Company {serial}")
    return Company.objects.create(created_at=fields.pop("at", NOW), **fields)


def make_campaign(**fields: Any) -> Campaign:
    serial = next(number)
    fields.setdefault("name", f"Campaign {serial}")
    fields.setdefault("slug", f"campaign-{serial}")
    return Campaign.objects.create(**fields)


def make_form(**fields: Any) -> Form:
    """An active form that takes plain posts from anywhere, and no origin of scripts."""
    fields.setdefault("name", f"Form {next(number)}")
    return Form.objects.create(created_at=fields.pop("at", NOW), **fields)


def make_lead(**fields: Any) -> Lead:
    """A lead as stored before anything scored it; `at` is when it came."""
    at = fields.pop("at", NOW)
    fields.setdefault("email", f"lead{next(number)}@example.com")
    fields.setdefault("email_key", fields["email"] or None)
    return Lead.objects.create(created_at=at, updated_at=at, **fields)


def make_activity(lead: Lead, kind: str = ActivityKind.DOWNLOAD, **fields: Any) -> Activity:
    """An activity row alone: nothing is recomputed by it."""
    at = fields.pop("at", NOW)
    fields.setdefault("source", ActivitySource.API)
    return Activity.objects.create(lead=lead, kind=kind, occurred_at=at, recorded_at=at, **fields)


def live_rule_set(
    *,
    groups: tuple[rules.Group, ...] = (),
    thresholds: tuple[rules.Threshold, ...] = (),
    at: datetime = NOW,
) -> RuleSet:
    """Publish these rules (the default agreement when none are given)."""
    if not groups:
        install_defaults(at=at)
    else:
        agreed = thresholds or (rules.Threshold("mql", 50, 0, 50),)
        draft = create_draft(actor=None, at=at, groups=groups, thresholds=agreed)
        publish(rule_set_id=draft.pk, actor=None, at=at)
    return RuleSet.objects.get(status="live")


def one_group(
    dimension: str = "interest",
    kind: str = ActivityKind.DOWNLOAD,
    *,
    points: int = 10,
    cap: int = 100,
    percent: int = 0,
    days: int = 30,
    times: int = 0,
) -> rules.Group:
    """A group of one rule: `points` for every activity of the kind."""
    rule = rules.Rule(0, f"{kind} counts", points, kind=kind, max_times=times)
    return rules.Group(0, f"{dimension} group", dimension, cap, percent, days, (rule,))
