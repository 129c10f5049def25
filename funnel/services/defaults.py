"""What a new installation starts with: one pool of everybody for each kind of rep."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import RoutingRule
from .pools import fill_pools

LAST = 1000
"""Position of the default rules: more particular ones stand before them."""


@transaction.atomic
def install_defaults(*, at: datetime) -> None:
    """Idempotent: a pool is made for a kind of rep that has no rule yet, and changed never."""
    for target, name in (
        (RoutingRule.Target.SDR, _("Everyone (SDR)")),
        (RoutingRule.Target.AE, _("Everyone (AE)")),
    ):
        if not RoutingRule.objects.filter(role=target).exists():
            RoutingRule.objects.create(name=name, role=target, position=LAST, takes_everybody=True)
    fill_pools()
