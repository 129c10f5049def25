"""Small sums that the funnel report reads instead of every journey.

Triggers on ``Journey``, ``Opportunity`` and the lead's owner write the image before (-1) and after
(+1) each change into ``RollupDelta`` in the same transaction; ``services.rollups.refresh`` folds
committed images into ``RollupCell``; the report adds cells and the images not folded yet in one
statement. So it is true at any moment, whoever wrote the row and however late a transaction
commits: no watermark has to guess what may still appear behind it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import Cube, Grain, Measure


class RollupDelta(models.Model):
    """A signed image of a journey (``kind`` journey) or of a won deal (``kind`` deal).

    Written by triggers only (migration ``owner_cells``), taken by the refresh. ``owner_id``: of the lead.
    """

    class Kind(models.TextChoices):
        JOURNEY = "journey", _("Journey")
        DEAL = "deal", _("Won deal")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    sign = models.SmallIntegerField()
    entered_at = models.DateTimeField()
    source = models.CharField(max_length=120)
    landing_page = models.CharField(max_length=500)
    campaign_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    stage = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=16, blank=True)
    is_current = models.BooleanField(default=False)
    engaged_at = models.DateTimeField(null=True)
    target_at = models.DateTimeField(null=True)
    mql_at = models.DateTimeField(null=True)
    sql_at = models.DateTimeField(null=True)
    opportunity_at = models.DateTimeField(null=True)
    customer_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name = _("rollup delta")
        verbose_name_plural = _("rollup deltas")

    def __str__(self) -> str:
        return f"{self.sign:+d} {self.kind}"


class RollupCell(models.Model):
    """One packed sum of a measure, for the journeys that entered in ``period``.

    ``key`` is the source, the landing page or the id of campaign or owner ("" = none) that its cube
    is for, ``within`` the other one of a cube of two; ``period`` is the first day of the period in
    the project's time zone (``0001-01-01`` for all time). ``part`` and ``counts`` (``{code: n}``,
    without zeros): see ``Measure``; ``n`` is the sum of all counts.

    Packed, because a report then reads as many rows for a million leads as for ten thousand, and
    finds the largest groups by ``n`` alone. A row for each code took ten times the space.
    """

    cube = models.CharField(max_length=16, choices=Cube.choices)
    grain = models.CharField(max_length=7, choices=Grain.choices)
    measure = models.CharField(max_length=5, choices=Measure.choices)
    within = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=500, blank=True)
    period = models.DateField()
    part = models.CharField(max_length=12, blank=True)
    n = models.BigIntegerField()
    total = models.DecimalField(max_digits=30, decimal_places=2)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("rollup cell")
        verbose_name_plural = _("rollup cells")
        constraints = (
            models.UniqueConstraint(
                fields=("cube", "grain", "measure", "within", "key", "period", "part"),
                name="rollup_cell_once",
            ),
        )
        indexes = (models.Index(fields=("id",), condition=Q(n=0), name="rollup_cell_empty"),)

    def __str__(self) -> str:
        return f"{self.cube} {self.within} {self.key} {self.measure} {self.part}: {self.n}"


class RollupState(models.Model):
    """The one row that says what the cells were built with; another time zone means a rebuild."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    time_zone = models.CharField(max_length=64)
    refreshed_at = models.DateTimeField(_("refreshed"))

    class Meta:
        verbose_name = _("rollup state")
        verbose_name_plural = _("rollup states")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="rollup_state_one_row"),)

    def __str__(self) -> str:
        return f"{self.refreshed_at} {self.time_zone}"
