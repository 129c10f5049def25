"""Who only reads, whatever they may see."""

from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..errors import NotAllowed


def refuse_readers(actor: User | None) -> None:
    """Executives read all and change nothing: what they want done goes through their people."""
    if actor is not None and actor.role == Role.EXECUTIVE:
        raise NotAllowed(_("Executives read leads; ask the owner or marketing to change this one."))
