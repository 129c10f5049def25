"""What the reports of the promises read instead of every clock: one row for each day that is past.

A day is summed once nothing of it is written without being told (``services.promise_days``). Triggers
on clocks, journeys given up, contacts and merges write the moment of each older clock that such a
change concerns into ``PromiseChange``, in the same transaction; a day with such a row is counted from
its clocks until it is summed again. So no sum is believed that a commit has made untrue.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PromiseDay(models.Model):
    """The promises of the clocks that began on ``day`` of ``time_zone``, the project's.

    ``tallies``: ``[kind, outcome, bar, n]`` each, as ``rules.promises.Tally`` has them; ``owners``:
    ``{"kind:owner:outcome": n}``, nobody being "". Running clocks are open in both, which holds until
    ``next_due``, the first deadline of one of them (None: none runs). ``kept`` and ``missed``: how often
    the agreed attempts were made before a lead was given up.
    """

    day = models.DateField(primary_key=True)
    time_zone = models.CharField(max_length=64)
    tallies = models.JSONField(default=list)
    owners = models.JSONField(default=dict)
    next_due = models.DateTimeField(null=True)
    kept = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("promises of a day")
        verbose_name_plural = _("promises of a day")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class PromiseChange(models.Model):
    """A clock that began at ``started_at``, or what its promise depends on, has changed since its day
    was summed. Written by triggers only, taken by the next sum."""

    started_at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of a promise")
        verbose_name_plural = _("changes of promises")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"
