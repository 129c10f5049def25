"""Rows made and written without the ORM are what the ORM would make and write."""

from typing import Any

import pytest
from django.db import models

from funnel.models import Assignment, Journey, StageChange
from leads.models import Activity, Company, Lead, Notification, ScoreChange, Submission
from leads.services.statements import fresh, relate
from sla.models import Clock, Reminder

MADE = (
    Activity,
    Assignment,
    Clock,
    Company,
    Journey,
    Lead,
    Notification,
    Reminder,
    ScoreChange,
    StageChange,
    Submission,
)


@pytest.mark.parametrize("model", MADE)
def test_a_fresh_row_has_the_models_defaults(model: type[models.Model]) -> None:
    made, usual = vars(fresh(model)), vars(model())
    left_out = {"_state", *([model._meta.pk.attname] if model is Submission else [])}
    assert {n: made[n] for n in made if n not in left_out} == {
        n: usual[n] for n in usual if n not in left_out
    }


def test_a_fresh_row_shares_no_default_with_another() -> None:
    assert fresh(Lead).custom is not fresh(Lead).custom


@pytest.mark.parametrize("wrong", [{"nobody": 1}, {"owner": None}])
def test_what_is_no_column_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        fresh(Lead, **wrong)


def test_relations_are_those_that_the_model_would_set() -> None:
    lead, journey, other = Lead(pk=7), fresh(Journey), Journey()
    relate(journey, lead=lead, campaign=None)
    other.lead, other.campaign = lead, None
    assert (journey.lead, journey.lead_id, journey.campaign) == (lead, 7, None)
    assert vars(journey._state)["fields_cache"] == vars(other._state)["fields_cache"]
