"""What a tried submission did to the journey, before it is rolled back."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from leads.rules.steps import Mark, Step

from ..enums import Stage
from ..models import Assignment, Journey, StageChange


def steps_of_trial(lead: Lead, at: datetime) -> list[Step]:
    """Where the lead went at ``at``, and to whom."""
    journey = Journey.objects.filter(lead=lead, is_current=True).first()
    if journey is None:
        return [Step(_("Moved"), _("The lead is in no journey."), Mark.WRONG)]
    passed = [
        str(Stage(change.to_stage).label)
        for change in StageChange.objects.filter(journey=journey, at=at).order_by("id")
        if change.to_stage != change.from_stage
    ]
    stage = str(Stage(journey.stage).label)
    if passed:
        moved = Step(_("Moved"), _("Through: %(stages)s.") % {"stages": " → ".join(passed)})
    else:
        moved = Step(_("Moved"), _("Stays where it is: %(stage)s.") % {"stage": stage}, Mark.NOT_YET)
    return [moved, _routed(journey, at)]


def _routed(journey: Journey, at: datetime) -> Step:
    title = _("Routed")
    given = Assignment.objects.select_related("user", "rule").filter(journey=journey, assigned_at=at).first()
    if given is None:
        owner = journey.lead.owner
        if owner is not None:
            return Step(title, _("Stays with %(person)s.") % {"person": owner})
        return Step(title, _("Stays with marketing; sales hears of it at MQL."), Mark.NOT_YET)
    skipped = given.decision.get("skipped") or []
    lines: tuple[str, ...] = ()
    if skipped:
        text = ngettext("%(n)d other was passed over.", "%(n)d others were passed over.", len(skipped))
        lines = (text % {"n": len(skipped)},)
    if given.user is None:
        return Step(title, _("Nobody is eligible: a manager would be told."), Mark.WRONG, lines)
    if given.rule is None:
        return Step(title, _("To %(person)s.") % {"person": given.user}, lines=lines)
    text = _("To %(person)s by the rule “%(rule)s”.") % {"person": given.user, "rule": given.rule}
    return Step(title, text, lines=lines)
