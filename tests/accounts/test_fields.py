"""Fields of JSON bodies take the type that the schema names, and shapes say what can be empty."""

from typing import Any, ClassVar

import pytest
from rest_framework.exceptions import ValidationError

from smarketing.accounts.api.serializers import ReadShape, TrueFalseField, WholeNumberField
from smarketing.accounts.models import User


@pytest.mark.parametrize("value", ["12", 12.0, True, None, [12]])
def test_only_a_number_without_a_fraction_is_a_whole_number(value: Any):
    with pytest.raises(ValidationError):
        WholeNumberField().run_validation(value)


def test_a_whole_number_keeps_its_bounds():
    with pytest.raises(ValidationError):
        WholeNumberField(max_value=11).run_validation(12)
    assert WholeNumberField(max_value=12).run_validation(12) == 12


@pytest.mark.parametrize("value", [0, 1, "true", "on", None])
def test_only_true_and_false_are_true_and_false(value: Any):
    with pytest.raises(ValidationError):
        TrueFalseField().run_validation(value)


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_pass(value: bool):
    assert TrueFalseField().run_validation(value) is value


class UserShape(ReadShape[User]):
    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["email", "role", "language"]
        read_only_fields = fields


def test_an_address_as_read_is_any_text():
    assert type(UserShape().fields["email"]).__name__ == "CharField"


def test_a_choice_that_may_be_blank_stays_so_when_it_is_read_only():
    from funnel.api.lead_shapes import JourneyShape

    assert JourneyShape().fields["reason"].allow_blank
    assert not getattr(UserShape().fields["role"], "allow_blank", False)
