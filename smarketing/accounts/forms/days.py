"""How a day is asked for."""

from typing import Any

from django import forms

from ..rules.days import FIRST, LAST, check_day


class DayField(forms.DateField):
    """A day that somebody can mean; the browser's calendar offers no other."""

    default_validators = [check_day]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        shown = {} if widget.is_hidden else {"min": FIRST.isoformat(), "max": LAST.isoformat()}
        return {**super().widget_attrs(widget), **shown}
