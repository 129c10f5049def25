"""Who changed which configuration, when, and from what to what. Rows are only ever added."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import ChangeAction, Origin


class ConfigChange(models.Model):
    """One change of one object; a trigger of the database refuses to alter or delete it.

    ``kind``: the model's label, ``accounts.user``. ``changes``: one entry a field,
    ``{"field", "before", "after"}``; ``{"field", "secret": true}`` tells that a secret changed and
    never what it was. A reference is ``{"id", "name"}``; the rows of a part (steps of a policy) are
    lists of the rows that went and of those that came.
    """

    at = models.DateTimeField(_("when"))
    # PROTECT: the history names its people for good, and who did something is never deleted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    origin = models.CharField(_("by way of"), max_length=8, choices=Origin.choices)
    kind = models.CharField(_("kind"), max_length=60)
    object_id = models.CharField(_("id"), max_length=40)
    object_name = models.CharField(_("name"), max_length=200)
    action = models.CharField(_("what happened"), max_length=8, choices=ChangeAction.choices)
    changes = models.JSONField(_("changes"), default=list, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("change of configuration")
        verbose_name_plural = _("changes of configuration")
        indexes = (
            models.Index(fields=("-at", "-id"), name="change_at"),
            models.Index(fields=("kind", "object_id", "-at"), name="change_object"),
            models.Index(fields=("actor", "-at"), name="change_actor"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.object_name}: {self.action}"
