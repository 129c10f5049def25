"""Form widgets as text. Django renders two templates for each option of a list and each attribute set;
a page with its people, campaigns and sources to choose from has hundreds of them.

Letter for letter what Django's own templates make (`tests/accounts/test_rendering.py`); whatever is
not drawn here is left to them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape

OPTION = "django/forms/widgets/select_option.html"


class TextRenderer(DjangoTemplates):
    """`settings.FORM_RENDERER`."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        drawn = DRAWN[template_name](context) if template_name in DRAWN else None
        return super().render(template_name, context, request) if drawn is None else drawn


def _attributes(given: Mapping[str, Any]) -> str:
    drawn = []
    for name, value in given.items():
        if value is True:
            drawn.append(f" {conditional_escape(name)}")
        elif value is not False:
            drawn.append(f' {conditional_escape(name)}="{_text(value)}"')
    return "".join(drawn)


def _text(value: Any) -> str:
    """As `stringformat:"s"` writes it, which keeps what is marked as safe."""
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    name, kind = conditional_escape(widget["name"]), conditional_escape(widget["type"])
    return f'<input type="{kind}" name="{name}"{value}{_attributes(widget["attrs"])}>'


def _select(context: Mapping[str, Any]) -> str | None:
    widget = context["widget"]
    drawn = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _place in widget["optgroups"]:
        drawn.append(f'\n  <optgroup label="{_label(group)}">' if group else "")
        for option in options:
            if option["template_name"] != OPTION:
                return None
            attributes = _attributes(option["attrs"])
            label = _label(option["label"])
            drawn.append(f'\n  <option value="{_text(option["value"])}"{attributes}>{label}</option>\n')
        drawn.append("\n  </optgroup>" if group else "")
    return "".join([*drawn, "\n</select>"])


def _label(value: Any) -> str:
    return conditional_escape(localize(value))


def _no_errors(context: Mapping[str, Any]) -> str | None:
    """Most fields have none."""
    return None if context["errors"] else ""


DRAWN: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "django/forms/widgets/select.html": _select,
    "django/forms/errors/list/default.html": _no_errors,
    **{
        f"django/forms/widgets/{kind}.html": _input
        for kind in ("text", "hidden", "date", "number", "email", "search", "checkbox")
    },
}
"""None: as Django does it."""
