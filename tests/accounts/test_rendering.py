"""Widgets drawn as text are letter for letter what Django's templates make."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.forms.renderers import DjangoTemplates
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField, DayInput
from smarketing.accounts.forms.rendering import DRAWN, TextRenderer

NASTY = "<b onclick='x'>\"&é</b>"
CHOICES = [
    ("", _("All")),
    (NASTY, NASTY),
    (mark_safe("a&amp;b"), mark_safe("<i>kept</i>")),
    (None, 12345),
    (7, 0.5),
    ("Group <1>", [("x", "X"), ("y", "Y")]),
]
WIDGETS: list[tuple[forms.Widget, Any]] = [
    (forms.Select(choices=CHOICES), NASTY),
    (forms.Select(choices=CHOICES), 7),
    (forms.SelectMultiple(choices=CHOICES), ["x", ""]),
    (forms.Select(choices=[]), None),
    (forms.NullBooleanSelect(), True),
    (forms.TextInput(), NASTY),
    (forms.TextInput({"placeholder": _("Search"), "data-n": 3, "required": False, NASTY: True}), None),
    (forms.TextInput(), mark_safe("a&amp;b")),
    (forms.HiddenInput(), 0),
    (forms.NumberInput(), 12345.5),
    (DayInput(), date(2026, 1, 2)),
    (forms.EmailInput(), "a@b.example"),
    (forms.CheckboxInput(), True),
    (forms.CheckboxInput(), False),
    (forms.Textarea(), NASTY),
    (forms.RadioSelect(choices=CHOICES), "x"),
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("widget", "value"), WIDGETS)
def test_a_widget_is_what_django_draws(widget: forms.Widget, value: Any, language: str) -> None:
    attributes = {"id": "id_x", "class": "form-select", "aria-invalid": "true", "disabled": False}
    with translation.override(language):
        drawn, theirs = (
            widget.render("na<me", value, attributes, renderer=kind())
            for kind in (TextRenderer, DjangoTemplates)
        )
    assert drawn == theirs


class Days(forms.Form):
    day = DayField(initial=date(2026, 1, 2))
    of_a_link = DayField(required=False, hidden=True)


def test_a_day_is_asked_for_by_the_browsers_calendar_and_in_its_way() -> None:
    with translation.override("es"):
        shown, hidden = (str(Days()[name]) for name in Days.base_fields)
    assert ('type="date" name="day" value="2026-01-02"' in shown, 'min="1900-01-01"' in shown) == (True, True)
    assert hidden == '<input type="hidden" name="of_a_link" id="id_of_a_link">'
    assert Days({"day": "2026-03-04", "of_a_link": "1899-12-31"}).errors.keys() == {"of_a_link"}


class Asked(forms.Form):
    name = forms.CharField()
    kind = forms.ChoiceField(choices=CHOICES[:3])


@pytest.mark.parametrize("data", [None, {}, {"name": NASTY, "kind": "unknown"}])
def test_a_form_with_and_without_errors_is_what_django_draws(data: Any) -> None:
    drawn, theirs = (str(Asked(data, renderer=kind())) for kind in (TextRenderer, DjangoTemplates))
    assert drawn == theirs


def test_an_own_template_of_an_option_is_respected() -> None:
    class Radio(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    drawn, theirs = (
        Radio(choices=CHOICES[:2]).render("x", "", renderer=kind())
        for kind in (TextRenderer, DjangoTemplates)
    )
    assert drawn == theirs
    assert drawn.count("<label>") == 2


def test_the_product_uses_it_and_django_still_has_what_is_drawn() -> None:
    assert settings.FORM_RENDERER == "smarketing.accounts.forms.rendering.TextRenderer"
    assert all(DjangoTemplates().get_template(name) for name in DRAWN)
