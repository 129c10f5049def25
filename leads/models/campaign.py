"""Campaigns and their landing-page forms."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import ActivityKind


class Campaign(models.Model):
    is_configuration = True

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("key"), max_length=200, unique=True, help_text=_("Matches utm_campaign."))
    source = models.CharField(_("source"), max_length=120, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")

    def __str__(self) -> str:
        return self.name


class Form(models.Model):
    """A landing page of a campaign: who may post, what the fields mean, what happens after.

    ``mapping``: ``{posted field name: lead or company field name}``; unmapped known names map to
    themselves. ``custom_fields``: list of ``{"name", "label", "type", "required"}`` kept in
    ``Lead.custom``. ``activity_kind`` and ``asset`` say what a submission means for the scores
    (a price sheet weighs more than a white paper). ``layout``: list of ``{"name", "label"}``, the
    fields in the order of the page; the intake does not read it.
    """

    is_configuration = True
    unaudited = ("created_at",)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="forms", verbose_name=_("campaign")
    )
    landing_page = models.URLField(_("landing page"), max_length=500, blank=True)
    activity_kind = models.CharField(
        _("a submission counts as"), max_length=24, choices=ActivityKind.choices, default=ActivityKind.FORM
    )
    asset = models.CharField(_("asset"), max_length=200, blank=True)
    mapping = models.JSONField(_("field mapping"), default=dict, blank=True)
    custom_fields = models.JSONField(_("custom fields"), default=list, blank=True)
    required_fields = ArrayField(
        models.CharField(max_length=64), verbose_name=_("required fields"), default=list, blank=True
    )
    layout = models.JSONField(_("order and labels"), default=list, blank=True, editable=False)
    origins = ArrayField(
        models.CharField(max_length=253),
        verbose_name=_("allowed origins"),
        default=list,
        blank=True,
        help_text=_("For example https://www.example.com; empty: only plain HTML posts and servers."),
    )
    thank_you_url = models.URLField(_("thank-you page"), max_length=500, blank=True)
    thank_you_text = models.CharField(_("thank-you text"), max_length=500, blank=True)
    consent_text = models.TextField(_("consent text"), blank=True)
    consent_version = models.CharField(_("consent version"), max_length=32, blank=True)
    consent_required = models.BooleanField(_("consent required"), default=False)
    honeypot = models.CharField(_("honeypot field"), max_length=64, default="website_url", blank=True)
    rate_per_minute = models.PositiveIntegerField(_("submissions per minute and address"), default=60)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ("name",)
        verbose_name = _("form")
        verbose_name_plural = _("forms")

    def __str__(self) -> str:
        return self.name


class IntakeRevision(models.Model):
    """One row whose token changes whenever a form, a campaign, a persona or a rule set does (by
    triggers, so whoever changes them), so that processes can keep what they read. A token and not a
    counter: one read before a rollback must never come back."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField()

    def __str__(self) -> str:
        return str(self.token)


class ConsentText(models.Model):
    """What people agreed to, word by word: a changed text is a new version, the old ones stay."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="consent_texts", verbose_name=_("form"))
    version = models.CharField(_("version"), max_length=32)
    text = models.TextField(_("text"))
    since = models.DateTimeField(_("since"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ("-since", "-id")
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = (models.UniqueConstraint(fields=("form", "version"), name="consent_version_once"),)

    def __str__(self) -> str:
        return f"{self.form} {self.version}"
