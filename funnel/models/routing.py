"""Who gets a lead at hand-off, and why they got it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Lead

from .journey import Journey


class RoutingRule(models.Model):
    """Territory and company size that send a lead to a pool; the first match by position wins."""

    is_configuration = True
    audited_parts = ("members",)

    class Target(models.TextChoices):
        SDR = "sdr", _("SDR, at MQL")
        AE = "ae", _("AE, at SQL")

    name = models.CharField(_("name"), max_length=120, unique=True)
    role = models.CharField(_("for"), max_length=4, choices=Target.choices)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries"),
        default=list,
        blank=True,
        help_text=_("Empty: any country."),
    )
    min_employees = models.PositiveIntegerField(_("employees from"), null=True, blank=True)
    max_employees = models.PositiveIntegerField(_("employees up to"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    takes_everybody = models.BooleanField(
        _("everybody"),
        default=False,
        help_text=_("Everybody with this role joins the pool by themselves, at the pool's level."),
    )

    class Meta:
        ordering = ("role", "position", "id")
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")

    def __str__(self) -> str:
        return self.name


class RoutingMember(models.Model):
    """A person in a pool. Next is who has the lowest (calibration + assigned) ÷ weight.

    ``calibration`` lifts a newcomer to the pool's level so that they are not flooded;
    ``capacity`` bounds the leads given within 30 days (empty: no bound).
    """

    unaudited = ("assigned", "calibration")

    rule = models.ForeignKey(RoutingRule, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="routing_memberships")
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    capacity = models.PositiveIntegerField(_("leads in 30 days"), null=True, blank=True)
    calibration = models.FloatField(_("calibration"), default=0)
    assigned = models.PositiveIntegerField(_("assigned"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("rule", "id")
        verbose_name = _("pool member")
        verbose_name_plural = _("pool members")
        constraints = (
            models.UniqueConstraint(fields=("rule", "user"), name="routing_member_once"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="routing_weight_positive"),
        )

    def __str__(self) -> str:
        return f"{self.user} ×{self.weight}"


class Assignment(models.Model):
    """One ownership of a journey; ``user`` empty means that nobody was eligible.

    ``decision`` explains it: ``{"rule": name, "why": text key, "skipped": [{"user", "why"}]}``.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="assignments")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="assignments", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assignments",
        db_index=False,
    )
    rule = models.ForeignKey(RoutingRule, models.SET_NULL, null=True, blank=True, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    assigned_at = models.DateTimeField(_("assigned"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    decision = models.JSONField(_("decision"), default=dict, blank=True)

    class Meta:
        ordering = ("-assigned_at", "-id")
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        indexes = (
            models.Index(fields=("lead", "-assigned_at"), name="assignment_lead"),
            models.Index(fields=("user", "-assigned_at"), name="assignment_user"),
            models.Index(fields=("actor",), condition=Q(actor__isnull=False), name="assignment_actor"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("journey",), condition=Q(ended_at__isnull=True), name="assignment_one_running"
            ),
        )

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.user}"
