import datetime as dt
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from funnel.enums import Stage
from leads.models import Persona, RuleSet

from ..enums import WORTH_BY, AgreementStatus, Feature, ReviewEvery

SMALLEST = Decimal("0.01")
NEVER_BEGAN = Q(in_force_until__lt=F("in_force_from"))
"""Superseded before its first day."""


def _effort(name: Any, most: int) -> "models.PositiveSmallIntegerField[Any, Any]":
    """A part of what ``rules.capacity`` reckons with; None: capacity is not planned."""
    limits = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(name, null=True, blank=True, validators=limits)


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def signed(self) -> "AgreementQuerySet":
        """By both sides."""
        return self.filter(signed_at__isnull=False)

    def in_force_on(self, day: dt.date) -> "AgreementQuerySet":
        """At most one, by constraint."""
        return self.filter(in_force_from__lte=day, in_force_until__gte=day)

    def in_status(self, status: str, day: dt.date) -> "AgreementQuerySet":
        """Those whose ``status_on(day)`` it is."""
        over = self.filter(Q(in_force_until__lt=day) | NEVER_BEGAN)
        found: dict[str, AgreementQuerySet] = {
            AgreementStatus.DRAFT: self.filter(proposed_at=None),
            AgreementStatus.PROPOSED: self.filter(proposed_at__isnull=False, signed_at=None),
            AgreementStatus.SIGNED: self.filter(in_force_from__gt=day).exclude(NEVER_BEGAN),
            AgreementStatus.IN_FORCE: self.in_force_on(day),
            AgreementStatus.SUPERSEDED: over.filter(superseded_at__isnull=False),
            AgreementStatus.ENDED: over.filter(superseded_at=None),
        }
        return found[status]


class Agreement(models.Model):
    """What marketing and sales promise each other for a period; one row is one version of it.

    ``first_day`` and ``last_day`` are both part of the period. Money is in ``currency``. Its content
    is frozen, by the database too, from being proposed on; what comes later are stamps:

    - ``proposals`` counts how often it was proposed. A signature is for one proposal, so one given
      before it was withdrawn stays on record and no longer counts.
    - ``in_force_from`` and ``in_force_until``, both part of it, stand since both have signed. No two
      agreements are in force on a day. ``superseded_at``: when a newer version cut it short.
    - ``entered_at``: when the product was set to what is agreed.
    - ``sale_deals`` 0: somebody typed the average sale.
    - ``frozen``: the whole content as it was proposed, with the definitions of that moment
      (``rules.document``); a signature's fingerprint is of this.
    """

    is_configuration = True
    audited_parts = ("rates", "worths", "promises", "persona_rows", "signatures")
    unaudited = ("frozen",)

    name = models.CharField(_("name"), max_length=120)
    series = models.UUIDField(default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next", verbose_name=_("version before")
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    currency = models.CharField(_("currency"), max_length=3)
    revenue = models.DecimalField(
        _("revenue goal"), max_digits=14, decimal_places=2, validators=[MinValueValidator(SMALLEST)]
    )
    sale = models.DecimalField(
        _("average sale"), max_digits=14, decimal_places=2, validators=[MinValueValidator(SMALLEST)]
    )
    sale_deals = models.PositiveIntegerField(
        _("won deals that the average sale was measured on"), default=0, editable=False
    )
    sdrs = models.PositiveSmallIntegerField(_("SDRs"), default=0)
    aes = models.PositiveSmallIntegerField(_("account executives"), default=0)

    attempts = _effort(_("attempts per MQL"), 100)
    attempt_minutes = _effort(_("minutes per attempt"), 600)
    sql_minutes = _effort(_("minutes per SQL"), 10_000)
    lead_percent = _effort(_("percent of the working time"), 100)
    worth_by = models.CharField(
        _("value by"),
        max_length=12,
        choices=[(one.value, one.label) for one in WORTH_BY],
        default=Feature.SENIORITY,
    )

    rule_set = models.ForeignKey(
        RuleSet,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("scoring version"),
    )
    personas = models.ManyToManyField(
        Persona, through="AgreementPersona", blank=True, related_name="+", verbose_name=_("buyer personas")
    )
    marketing_head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("head of marketing"),
    )
    sales_head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("head of sales"),
    )
    mediator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("mediator"),
    )
    review_every = models.CharField(
        _("review meeting"), max_length=12, choices=ReviewEvery.choices, default=ReviewEvery.MONTH
    )
    notes = models.TextField(_("also agreed"), blank=True, max_length=4000)

    proposals = models.PositiveSmallIntegerField(default=0, editable=False)
    proposed_at = models.DateTimeField(_("proposed"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    frozen = models.JSONField(null=True, blank=True, editable=False)
    signed_at = models.DateTimeField(_("signed by both"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(_("in force until"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered into force"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ("-first_day", "-id")
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = (
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="agreement_ends_after"),
            models.CheckConstraint(condition=Q(revenue__gt=0, sale__gt=0), name="agreement_money_positive"),
            models.CheckConstraint(condition=~Q(marketing_head=F("sales_head")), name="agreement_two_people"),
            models.UniqueConstraint(fields=("series", "version"), name="agreement_version_once"),
            models.CheckConstraint(
                condition=Q(signed_at=None, in_force_from=None, in_force_until=None)
                | Q(
                    proposed_at__isnull=False,
                    signed_at__isnull=False,
                    in_force_from__isnull=False,
                    in_force_until__isnull=False,
                ),
                name="agreement_signed_has_days",
            ),
        )

    def __str__(self) -> str:
        return self.name if self.version == 1 else f"{self.name} (v{self.version})"

    @property
    def is_draft(self) -> bool:
        """Only a draft can be edited."""
        return self.proposed_at is None

    def status_on(self, day: dt.date) -> AgreementStatus:
        if self.proposed_at is None:
            return AgreementStatus.DRAFT
        if self.in_force_from is None or self.in_force_until is None:
            return AgreementStatus.PROPOSED
        if self.in_force_until < max(day, self.in_force_from):
            return AgreementStatus.SUPERSEDED if self.superseded_at else AgreementStatus.ENDED
        return AgreementStatus.SIGNED if day < self.in_force_from else AgreementStatus.IN_FORCE


class AgreementRate(models.Model):
    """The share of a stage that is to reach ``stage``, and what it had been when that was agreed:
    ``reached`` of ``entered``. ``reason``: why the plan differs from what was measured."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="rates")
    stage = models.CharField(_("stage reached"), max_length=12, choices=Stage.choices)
    percent = models.DecimalField(_("rate in percent"), max_digits=6, decimal_places=3)
    entered = models.PositiveIntegerField(_("measured on"), default=0)
    reached = models.PositiveIntegerField(_("of which reached it"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ("agreement", "id")
        verbose_name = _("rate of an agreement")
        verbose_name_plural = _("rates of an agreement")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "stage"), name="agreement_rate_once"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="agreement_rate_share"),
        )

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.percent} %"

    @property
    def rate(self) -> Fraction:
        return Fraction(self.percent) / 100


class AgreementWorth(models.Model):
    """What an MQL of one group (by ``Agreement.worth_by``) is worth in the plan; see ``rules.worth``.

    ``group``: a level, a size or the id of a persona; empty: not known. ``weight``: the average MQL is
    1. ``share``: percent of the MQLs. ``leads``, of which ``won``, are what was measured when it was
    agreed. ``reason``: why the plan differs from that."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="worths")
    group = models.CharField(_("group"), max_length=40, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=7, decimal_places=3)
    share = models.DecimalField(_("share in percent"), max_digits=6, decimal_places=3)
    leads = models.PositiveIntegerField(_("measured on"), default=0)
    won = models.PositiveIntegerField(_("of which won"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ("agreement", "id")
        verbose_name = _("value of a lead")
        verbose_name_plural = _("values of leads")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "group"), name="agreement_worth_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=0, share__gte=0, share__lte=100), name="agreement_worth_numbers"
            ),
        )

    def __str__(self) -> str:
        return f"{self.group or '–'}: × {self.weight}"


class AgreementPersona(models.Model):
    """A buyer persona that both teams mean by an ideal buyer."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="persona_rows")
    persona = models.ForeignKey(Persona, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("persona__position", "persona__name")
        verbose_name = _("persona of an agreement")
        verbose_name_plural = _("personas of an agreement")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "persona"), name="agreement_persona_once"),
        )

    def __str__(self) -> str:
        return str(self.persona)
