"""Addresses of the scoring editor, for the table of permissions."""

from leads.rules import scoring as rules
from leads.services.drafts import create_draft

from .factories import NOW, one_group


def of_draft(path: str, route: str) -> str:
    """The address of a new draft that can be published."""
    agreed = (rules.Threshold("mql", 0, 50, 0),)
    draft = create_draft(actor=None, at=NOW, groups=(one_group(),), thresholds=agreed)
    group = draft.groups.get()
    one = group.pk if "groups/" in route else group.rules.get().pk
    for name in ("group_id", "rule_id", "pk"):
        path = path.replace(f"<int:{name}>", str(one))
    path = path.replace("<slug:dimension>", "fit").replace("<slug:kind>", "field")
    return path.replace("<set>", str(draft.pk))
