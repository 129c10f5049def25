"""Addresses of the scoring editor, for the table of permissions."""

from leads.models import RuleSet
from leads.rules import scoring as rules
from leads.services.drafts import create_draft

from .factories import NOW, one_group


def publishable_draft() -> RuleSet:
    agreed = (rules.Threshold("mql", 0, 50, 0),)
    return create_draft(actor=None, at=NOW, groups=(one_group(),), thresholds=agreed)


def of_draft(path: str, route: str, draft: RuleSet) -> str:
    """The address of this draft, its group or its rule."""
    group = draft.groups.get()
    one = group.pk if "groups/" in route else group.rules.get().pk
    for name in ("group_id", "rule_id", "pk"):
        path = path.replace(f"<int:{name}>", str(one))
    path = path.replace("<slug:dimension>", "fit").replace("<slug:kind>", "field")
    return path.replace("<set>", str(draft.pk))
