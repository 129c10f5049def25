from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import NotificationKind

from .lead import Lead


class Notification(models.Model):
    """What one person was told inside the product.

    ``key`` names the fact, so that telling it twice writes nothing. The lead's name is not copied:
    an erased or hidden lead is not told by its old notifications. ``name`` is for what is no lead: an
    import, a set of rules; ``url`` for what has a page of its own, such as a dispute about a lead.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=16, choices=NotificationKind.choices)
    key = models.CharField(max_length=120)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("told"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notification_once"),)
        indexes = (
            models.Index(fields=("user", "-created_at", "-id"), name="notification_list"),
            models.Index(fields=("user",), condition=Q(read_at=None), name="notification_unread"),
        )

    def __str__(self) -> str:
        return self.key
