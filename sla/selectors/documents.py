"""What an agreement says: as it was frozen, or, for a draft, as it would be frozen now."""

from typing import Any

from leads.models import RuleSet
from leads.rules.versions import fingerprint
from leads.selectors.rule_sets import compiled
from smarketing.accounts.models import User

from ..enums import Feature
from ..models import Agreement, AgreementPromise
from ..rules.document import Content, plain
from .worth import group_names

EFFORT = ("attempts", "attempt_minutes", "sql_minutes", "lead_percent")


def content_of(agreement: Agreement) -> Content:
    """Nine statements for a draft with a scoring version, none for what was proposed."""
    if agreement.frozen is not None:
        return dict(agreement.frozen)
    return draft_content(agreement.pk)


def draft_content(agreement_id: int) -> Content:
    """How the database knows it now."""
    people = ("marketing_head", "sales_head", "mediator", "rule_set")
    parts = ("rates", "worths", "promises", "personas")
    found = Agreement.objects.select_related(*people).prefetch_related(*parts)
    one = found.get(pk=agreement_id)
    return {
        "name": one.name,
        "version": one.version,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "currency": one.currency,
        "revenue": plain(one.revenue),
        "sale": plain(one.sale),
        "sdrs": one.sdrs,
        "aes": one.aes,
        "rates": {
            row.stage: {
                "percent": plain(row.percent),
                "entered": row.entered,
                "reached": row.reached,
                "reason": row.reason,
            }
            for row in one.rates.all()
        },
        "effort": {name: getattr(one, name) for name in EFFORT},
        "worth": _worth(one),
        "promises": [_promise(row) for row in one.promises.all()],
        "scoring": _scoring(one.rule_set),
        "personas": [
            {"id": row.pk, "name": row.name, "description": row.description, "criteria": row.criteria}
            for row in one.personas.all()
        ],
        "people": {
            "marketing_head": _person(one.marketing_head),
            "sales_head": _person(one.sales_head),
            "mediator": _person(one.mediator),
        },
        "review_every": one.review_every,
        "notes": one.notes,
    }


def _worth(one: Agreement) -> dict[str, Any] | None:
    """Personas by their names of now, which stay readable when they are renamed."""
    rows = list(one.worths.all())
    if not rows:
        return None
    names = group_names(Feature(one.worth_by), [row.group for row in rows])
    return {
        "by": one.worth_by,
        "rows": [
            {
                "group": row.group,
                "name": names.get(row.group, ""),
                "weight": plain(row.weight),
                "share": plain(row.share),
                "leads": row.leads,
                "won": row.won,
                "reason": row.reason,
            }
            for row in rows
        ],
    }


def _promise(row: AgreementPromise) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "side": row.side,
        "source": row.source,
        "amount": plain(row.amount),
        "minutes": row.minutes,
        "days": row.days,
        "target_percent": plain(row.target_percent),
    }


def _scoring(rule_set: RuleSet | None) -> dict[str, Any] | None:
    """``fingerprint``: of all rules, so that an edit of a draft after it was agreed is noticed."""
    if rule_set is None:
        return None
    content = compiled(rule_set.pk)
    return {
        "id": rule_set.pk,
        "version": rule_set.version,
        "note": rule_set.note,
        "fingerprint": fingerprint(content),
        "thresholds": [
            {"stage": t.stage, "fit": t.min_fit, "interest": t.min_interest, "intent": t.min_intent}
            for t in content.thresholds
        ],
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": str(user)}
