"""Where the product differs from the agreement in force, in words."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from leads.enums import RuleSetStatus
from leads.models import RuleSet

from ..enums import AgreedPart
from ..models import Agreement
from ..rules.wording import deviation_words
from .agreed import Conflicts, conflicts_of, content
from .agreements import agreement_in_force


@dataclass(frozen=True, slots=True)
class Conflict:
    """``url``: where the product says otherwise. ``may_restore``: it can be set back by a button."""

    part: AgreedPart
    lines: list[str]
    url: str
    may_restore: bool = True


def conflicts_in_words(agreement: Agreement) -> list[Conflict]:
    """Of an agreement in force, in the active language."""
    found = conflicts_of(agreement)
    told = {
        AgreedPart.TARGETS: lambda: Conflict(
            AgreedPart.TARGETS, _targets(found), reverse("funnel:targets") + _month(found)
        ),
        AgreedPart.POLICIES: lambda: _policies(found),
        AgreedPart.SCORING: lambda: _scoring(agreement),
    }
    return [told[part]() for part in found.parts]


def conflicts_now(at: dt.datetime) -> tuple[Agreement | None, list[AgreedPart]]:
    """The agreement in force and what differs from it, for pages that only point there."""
    agreement = agreement_in_force(at)
    return agreement, conflicts_of(agreement).parts if agreement else []


def _targets(found: Conflicts) -> list[str]:
    lines = []
    for month, rows in found.targets.items():
        said = [
            _("%(stage)s %(actual)s instead of %(agreed)s")
            % {
                "stage": stage.label,
                "agreed": number_format(agreed, 0, force_grouping=True),
                "actual": _("no target") if actual is None else number_format(actual, 0, force_grouping=True),
            }
            for stage, (agreed, actual) in rows.items()
        ]
        lines.append(f"{capfirst(date_format(month, 'YEAR_MONTH_FORMAT'))}: {', '.join(said)}")
    return lines


def _month(found: Conflicts) -> str:
    return f"?month={min(found.targets):%Y-%m}"


def _policies(found: Conflicts) -> Conflict:
    first = next((one.policy_id for one in found.policies if one.policy_id), None)
    url = reverse("sla:settings-policy", args=[first]) if first else reverse("sla:settings-policies")
    lines = [deviation_words(one) for one in found.policies]
    return Conflict(AgreedPart.POLICIES, lines, url, may_restore=first is not None)


def _scoring(agreement: Agreement) -> Conflict:
    """A version that was edited as a draft after it was agreed is not what was signed any more."""
    said = content(agreement)["scoring"]
    live = RuleSet.objects.filter(status=RuleSetStatus.LIVE).first()
    words = {"agreed": said["version"], "live": str(live) if live else _("nothing")}
    line = _("Version %(agreed)s is agreed, %(live)s counts.") % words
    return Conflict(AgreedPart.SCORING, [line], reverse("leads:scoring"))
