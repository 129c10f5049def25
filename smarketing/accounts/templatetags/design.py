"""The design language in templates; `/styleguide/` shows each piece with the code that makes it."""

from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from ..dates import Shape, day_words
from ..navigation import groups_for
from ..toasts import undo_url

register = template.Library()
_sections: dict[Any, SafeString] = {}
"""Navigations drawn so far."""


class ComponentNode(template.Node):
    """Renders `components/<name>.html` with its arguments, and what stands inside as `slot`."""

    def __init__(self, name: FilterExpression, values: dict[str, FilterExpression], inside: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = inside

    def render(self, context: template.Context) -> SafeString:
        values = {key: value.resolve(context) for key, value in self.values.items()}
        slot = self.nodelist.render(context)
        page = get_template(f"components/{self.name.resolve(context)}.html").template  # type: ignore[attr-defined]
        with context.push(slot=slot, filled=bool(slot.strip()), **values):
            return page.render(context)


@register.tag
def component(parser: Parser, token: Token) -> ComponentNode:
    """`{% component "card" title=_("Who they are") %}…{% endcomponent %}`"""
    _name, *bits = token.split_contents()
    if not bits:
        raise template.TemplateSyntaxError("component needs the name of a template in components/")
    name = parser.compile_filter(bits.pop(0))
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"component takes key=value only, not {bits}")
    inside = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(name, values, inside)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of `static/smarketing/icons.svg`; without a label it is decoration beside a word."""
    return _drawing(name, str(label))


@lru_cache(maxsize=1024)
def _drawing(name: str, label: str) -> SafeString:
    # A board has six hundred of some dozen; labels that name a lead are why the number is bounded.
    named = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" {} focusable="false"><use href="{}#{}"></use></svg>',
        named,
        static("smarketing/icons.svg"),
        name,
    )


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*steps: Any) -> dict[str, Any]:
    """`{% breadcrumbs _("Leads") leads_url lead %}`: label and address in turn, the page itself last."""
    return {"steps": list(zip(steps[:-1:2], steps[1::2], strict=True)), "here": steps[-1]}


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> SafeString:
    """The sections of who is signed in; once for both places in which a page has them.

    Every page has them, of some roles and places each in a language: drawn once a process.
    """
    request: HttpRequest = context["request"]
    match = request.resolver_match
    groups = groups_for(request.user, match.view_name if match else "")  # type: ignore[arg-type]
    seen = tuple((one["entry"].url_name, one["current"]) for group in groups for one in group["items"])
    key = (get_language(), get_script_prefix(), seen)
    if key not in _sections:
        _sections[key] = mark_safe(get_template("components/nav.html").render({"groups": groups}))
    return _sections[key]


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, wide: bool = False) -> dict[str, Any]:
    """Label, control, help and error of one form field, tied together for screen readers."""
    widget = bound.field.widget
    several = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    tick = isinstance(widget, CheckboxInput)
    if several:  # a class would also land on the box around the choices
        return {"field": bound, "control": bound.as_widget(), "several": True, "wide": wide}
    look = "form-check-input" if tick else "form-select" if isinstance(widget, Select) else "form-control"
    given = widget.attrs.get("class", "")
    classes = f"{given} {look}" if look not in given else given
    control = bound.as_widget(attrs={"class": f"{classes} is-invalid" if bound.errors else classes})
    return {"field": bound, "control": control, "tick": tick, "wide": wide}


@register.inclusion_tag("components/sort.html", takes_context=True)
def sort(context: dict[str, Any], key: str, label: Any, number: bool = False) -> dict[str, Any]:
    """A table's head cell whose link sorts by `?sort=key`, and by `?sort=-key` when clicked again."""
    kept = context["request"].GET.copy()
    now = kept.get("sort", "")
    kept.pop("page", None)
    kept["sort"] = f"-{key}" if now == key else key
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    return {"query": kept.urlencode(), "label": label, "order": order, "number": number}


@register.inclusion_tag("components/meter.html")
def meter(value: float, target: float, label: Any, words: Any, look: str = "plain") -> dict[str, Any]:
    """How much of a promise is kept: a bar up to `target`, with the same said in `words`."""
    share = max(0.0, min(100.0, 100 * value / target)) if target else 0.0
    return {"share": f"{share:.1f}", "label": label, "words": words, "look": look}


register.filter("undo_url", undo_url)


@register.filter
def day(value: date) -> str:
    """7 Sep; where the year is plain."""
    return day_words(value, Shape.DAY)


@register.filter
def long_day(value: date) -> str:
    """Monday, 7 September 2026."""
    return day_words(value, Shape.LONG_DAY)
