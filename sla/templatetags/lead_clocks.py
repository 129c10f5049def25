"""The clocks of a lead, for the lead's own page, which knows of them only that they can be shown."""

from typing import Any

from django import template
from django.utils import timezone

from leads.models import Lead

from ..views.ledger import clocks_shown

register = template.Library()


@register.inclusion_tag("sla/lead_clocks_list.html", takes_context=True)
def lead_clocks(context: Any, lead: Lead) -> dict[str, Any]:
    """At most four statements; whoever uses it has made sure that the lead may be seen."""
    return {"clocks": clocks_shown(lead, context["request"].user, timezone.now())}
