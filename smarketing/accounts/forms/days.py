"""How a day is asked for."""

from typing import Any

from django import forms

from ..rules.days import FIRST, LAST, check_day


class DayInput(forms.DateInput):
    """The browser's own calendar, which takes and gives days in one way only."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day that somebody can mean; the browser's calendar offers no other.

    ``hidden``: only links ask for it.
    """

    widget = DayInput
    default_validators = [check_day]

    def __init__(self, *, hidden: bool = False, **kwargs: Any) -> None:
        if hidden:
            kwargs["widget"] = forms.HiddenInput
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        shown = {} if widget.is_hidden else {"min": FIRST.isoformat(), "max": LAST.isoformat()}
        return {**super().widget_attrs(widget), **shown}
