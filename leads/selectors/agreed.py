"""What an agreement in force says about the scoring; the room above knows it."""

from datetime import datetime
from typing import Any

from ..rules.agreed import Agreed
from ..rules.scoring import RuleSet
from ..rules.versions import differences, fingerprint
from ..signals import scoring_agreed
from .rule_sets import compiled


def agreed_scoring(at: datetime) -> Agreed | None:
    answers: list[Any] = [answer for _receiver, answer in scoring_agreed.send(sender=None, at=at)]
    return next((answer for answer in answers if answer is not None), None)


def is_as_agreed(content: RuleSet, agreed: Agreed) -> bool:
    """The very rules that were signed, or a copy of them."""
    if content.id == agreed.rule_set_id:
        return fingerprint(content) == agreed.fingerprint
    named = compiled(agreed.rule_set_id)
    return fingerprint(named) == agreed.fingerprint and not differences(named, content)
