"""Versioned scoring: rule sets are drafted, published in one step and never changed afterwards."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import ActivityKind, Dimension, Operator, RuleKind, RuleSetStatus, ScoreCause
from .lead import Lead


class RuleSet(models.Model):
    is_configuration = True
    audited_parts = ("groups", "thresholds")
    unaudited = ("created_at", "created_by", "published_at", "published_by")

    version = models.PositiveIntegerField(_("version"), unique=True)
    status = models.CharField(
        _("status"), max_length=8, choices=RuleSetStatus.choices, default=RuleSetStatus.DRAFT
    )
    note = models.CharField(_("what changed and why"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-version",)
        verbose_name = _("scoring rule set")
        verbose_name_plural = _("scoring rule sets")
        constraints = (
            models.UniqueConstraint(
                fields=("status",), condition=Q(status=RuleSetStatus.LIVE), name="rule_set_one_live"
            ),
        )

    def __str__(self) -> str:
        return f"v{self.version}"


class RuleGroup(models.Model):
    """Rules that share a cap and a decay.

    ``cap`` bounds the group's points from above (the sum may go below zero). Decay: a positive
    event loses ``decay_percent`` of its points every ``decay_days`` full days after it happened
    (0 = never; always 0 for fit). ``position`` orders what people read; points do not depend on it.
    """

    is_configuration = True
    audited_parts = ("rules",)

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="groups")
    dimension = models.CharField(_("dimension"), max_length=8, choices=Dimension.choices)
    name = models.CharField(_("name"), max_length=120)
    cap = models.PositiveSmallIntegerField(_("at most"), default=100)
    decay_percent = models.PositiveSmallIntegerField(_("loses percent"), default=0)
    decay_days = models.PositiveSmallIntegerField(_("every days"), default=30)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ("rule_set", "dimension", "position", "id")
        verbose_name = _("rule group")
        verbose_name_plural = _("rule groups")
        constraints = (
            models.CheckConstraint(
                condition=Q(decay_percent__lte=100, decay_days__gte=1), name="rule_group_decay"
            ),
            models.CheckConstraint(
                condition=~Q(dimension=Dimension.FIT) | Q(decay_percent=0), name="rule_group_fit_never_decays"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """One criterion worth points (negative allowed).

    ``field`` rules test ``field`` (``job_title``, ``seniority``, ``country``, ``email_domain``,
    ``company.employees``, ``company.industry``, ``company.country``, ``custom.<name>``…) with
    ``operator`` and ``value``. ``activity`` rules count activities of ``activity_kind`` whose asset
    contains ``asset`` (empty: any), at most ``max_times`` of them (0 = no limit), newest first.
    """

    group = models.ForeignKey(RuleGroup, models.CASCADE, related_name="rules")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=RuleKind.choices)
    field = models.CharField(_("field"), max_length=80, blank=True)
    operator = models.CharField(_("operator"), max_length=12, choices=Operator.choices, blank=True)
    value = models.JSONField(_("value"), null=True, blank=True)
    activity_kind = models.CharField(_("activity"), max_length=24, choices=ActivityKind.choices, blank=True)
    asset = models.CharField(_("asset contains"), max_length=200, blank=True)
    points = models.SmallIntegerField(_("points"))
    max_times = models.PositiveSmallIntegerField(_("counted at most"), default=1)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ("group", "position", "id")
        verbose_name = _("scoring rule")
        verbose_name_plural = _("scoring rules")
        constraints = (
            models.CheckConstraint(
                condition=(Q(kind=RuleKind.FIELD) & ~Q(field="") & ~Q(operator=""))
                | (Q(kind=RuleKind.ACTIVITY) & ~Q(activity_kind="")),
                name="rule_is_complete",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Threshold(models.Model):
    """One agreed combination that qualifies for a stage; several rows for a stage mean "or"."""

    class Stage(models.TextChoices):
        TARGET = "target", _("Target")
        MQL = "mql", "MQL"

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="thresholds")
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices)
    min_fit = models.SmallIntegerField(_("fit at least"), default=0)
    min_interest = models.SmallIntegerField(_("interest at least"), default=0)
    min_intent = models.SmallIntegerField(_("intent at least"), default=0)

    class Meta:
        ordering = ("rule_set", "stage", "id")
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.min_fit}/{self.min_interest}/{self.min_intent}"


class ScoreChange(models.Model):
    """The ledger of scores: a row whenever a lead's scores changed, with the cause."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="score_changes", db_index=False)
    at = models.DateTimeField(_("when"))
    cause = models.CharField(_("cause"), max_length=12, choices=ScoreCause.choices)
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="+")
    fit = models.SmallIntegerField(_("fit"))
    interest = models.SmallIntegerField(_("interest"))
    intent = models.SmallIntegerField(_("intent"))
    fit_before = models.SmallIntegerField(default=0)
    interest_before = models.SmallIntegerField(default=0)
    intent_before = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("score change")
        verbose_name_plural = _("score changes")
        indexes = (models.Index(fields=("lead", "-at"), name="score_change_lead"),)

    def __str__(self) -> str:
        return f"{self.fit}/{self.interest}/{self.intent}"


class Rescore(models.Model):
    """Progress of re-scoring everybody after a publish; resumable from ``last_lead_id``. ``actor`` is
    told when it has ended (None: nobody)."""

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="rescores")
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    total = models.PositiveIntegerField(_("leads"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    last_lead_id = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-started_at",)
        verbose_name = _("re-score")
        verbose_name_plural = _("re-scores")

    def __str__(self) -> str:
        return f"{self.rule_set}: {self.done}/{self.total}"

    @property
    def percent(self) -> int:
        """0..100, and 100 only when it is finished."""
        if self.finished_at is not None:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0
