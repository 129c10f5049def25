"""A number that both teams have signed, so that it is changed in their agreement and nowhere else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreed:
    """``name`` and ``url`` of the agreement in force. Of scoring also: which rule set, and the
    fingerprint of its rules when they were agreed."""

    name: str
    url: str
    rule_set_id: int = 0
    fingerprint: str = ""
