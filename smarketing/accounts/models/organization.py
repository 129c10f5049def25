"""The company that uses this installation, and how far its setup has come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """One row. ``steps_done``: keys of first steps that somebody ticked off by hand."""

    is_configuration = True

    name = models.CharField(_("company"), max_length=120)
    steps_done = ArrayField(
        models.CharField(max_length=20), verbose_name=_("steps done"), default=list, blank=True
    )
    setup_finished_at = models.DateTimeField(_("setup finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="organization_only_one"),)

    def __str__(self) -> str:
        return self.name
