"""Buyer personas change seldom; when they do, everybody is looked at again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created

from ..errors import NotAllowed, StaleRules
from ..models import Persona, Rescore
from ..rules.conditions import check_conditions
from ..selectors import rule_sets
from .landing import may_edit
from .publishing import start_rescore

FIELDS = ("name", "description", "criteria", "position", "is_active")
SELECTING = ("criteria", "position", "is_active")
"""What decides whose persona it is."""


@transaction.atomic
def save_persona(
    *, persona_id: int | None, values: Mapping[str, Any], seen: str, actor: User | None, at: datetime
) -> Persona:
    """Make a persona (None) or change one; ``values``: some of ``FIELDS``, ``seen``: its ``version_of``
    when it was shown.

    When it selects otherwise, everybody's persona is found anew by a re-score, which resumes after
    a stop. Raises ``NotAllowed``, ``StaleRules``, ``InvalidValue`` and ``Persona.DoesNotExist``.
    """
    if not may_edit(actor):
        raise NotAllowed(_("Only marketing, managers and administrators describe personas."))
    if "criteria" in values:
        check_conditions(values["criteria"])
    if persona_id is None:
        persona = Persona.objects.create(**values)
        record_created(persona, actor=actor, at=at)
        selects_otherwise = persona.is_active
    else:
        persona = Persona.objects.select_for_update().get(pk=persona_id)
        if version_of(persona) != seen:
            raise StaleRules(_("Somebody changed this in the meantime."))
        selects_otherwise = any(
            values[name] != getattr(persona, name) for name in SELECTING if name in values
        )
        with changing(persona, actor=actor, at=at):
            for name, value in values.items():
                setattr(persona, name, value)
            persona.save(update_fields=list(values))
    if selects_otherwise:
        reassign_personas(actor=actor, at=at)
    return persona


def version_of(persona: Persona) -> str:
    """Equal for equal content; the database keeps the keys of a criterion in an order of its own."""
    content = json.dumps([getattr(persona, name) for name in FIELDS], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def reassign_personas(*, at: datetime, actor: User | None = None) -> Rescore | None:
    """Begin a re-score by the live rules, which finds everybody's persona anew; None without rules."""
    rule_set = rule_sets.live_rule_set()
    return start_rescore(rule_set_id=rule_set.id, actor=actor, at=at) if rule_set else None
