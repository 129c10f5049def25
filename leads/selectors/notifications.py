"""What a person was told, newest first."""

from django.db.models import Exists, OuterRef, QuerySet

from smarketing.accounts.models import User

from ..models import Notification
from .visibility import leads_visible_to

MOST_COUNTED = 99


def notifications_of(user: User) -> QuerySet[Notification]:
    """Their own and no one else's, without the kinds that they switched off."""
    return Notification.objects.filter(user=user).exclude(kind__in=user.muted_notifications)


def shown_to(user: User) -> QuerySet[Notification]:
    """With the lead, and `may_open`: a lead that belongs to somebody else by now is not named."""
    visible = leads_visible_to(user).filter(pk=OuterRef("lead_id"))
    return notifications_of(user).select_related("lead").annotate(may_open=Exists(visible))


def unread_count(user: User) -> int:
    """Up to one more than is ever shown, so that it costs the same for everybody."""
    return notifications_of(user).filter(read_at=None)[: MOST_COUNTED + 1].count()
