from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import Stage


class StageTarget(models.Model):
    """How many leads are to reach a stage in a calendar month: marketing's promise, and what follows.

    A month without a row has no plan, which is something else than a plan of 0.
    """

    is_configuration = True

    month = models.DateField(_("month"), help_text=_("Its first day."))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    count = models.PositiveIntegerField(_("leads"))

    class Meta:
        ordering = ("month", "id")
        verbose_name = _("monthly target")
        verbose_name_plural = _("monthly targets")
        constraints = (
            models.UniqueConstraint(fields=("month", "stage"), name="target_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="target_month_is_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.stage}: {self.count}"
