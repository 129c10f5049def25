from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.models import User

LONGEST_NAME = 80


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> "SavedViewQuerySet":
        """Own ones, those of the own team that are shared with it, and those shared with everybody."""
        shared = Q(sharing=SavedView.Sharing.EVERYBODY)
        if user.team_id is not None:
            shared |= Q(sharing=SavedView.Sharing.TEAM, owner__team=user.team_id)
        return self.filter(Q(owner=user) | shared)


class SavedView(models.Model):
    """A list of leads to come back to: filters (``query``, as in the address) and columns.

    A view shows its reader only leads that they may see; sharing one shares no lead. The row without
    a name is a person's own setting: their columns, and the view that their list opens with
    (``opens_with``). It is one table because every list asks for both at once.
    """

    class Sharing(models.TextChoices):
        MINE = "mine", _("Only me")
        TEAM = "team", _("My team")
        EVERYBODY = "everybody", _("Everybody")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=LONGEST_NAME, blank=True)
    sharing = models.CharField(_("shared with"), max_length=10, choices=Sharing.choices, default=Sharing.MINE)
    query = models.CharField(max_length=2000, blank=True)
    columns = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    opens_with = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="saved_view_name_once"),
            models.CheckConstraint(
                condition=~Q(name="") | Q(sharing="mine", query=""), name="saved_view_setting_is_mine"
            ),
        )

    def __str__(self) -> str:
        return self.name
