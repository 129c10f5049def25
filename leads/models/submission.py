import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import SubmissionStatus
from .campaign import Form
from .lead import Lead


class Submission(models.Model):
    """The durable inbox: what a landing page posted, as it came, stored before anything else runs.

    ``payload`` holds cleaned text values by posted name; ``fingerprint`` is the SHA-256 of form and
    values, used to recognise a repeat (same key + other body → 422; no key + same values within
    5 minutes → the same submission). ``steps`` is the trace of what processing did.
    ``next_attempt_at`` is a deadline column: set while a retry is due. A rejected one is kept like
    all others, with who rejected it and when; it can still be let in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form = models.ForeignKey(
        Form, models.PROTECT, related_name="submissions", verbose_name=_("form"), db_index=False
    )
    received_at = models.DateTimeField(_("received"))
    payload = models.JSONField(_("values"))
    touch = models.JSONField(_("touch"), default=dict, blank=True)
    remote_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    idempotency_key = models.CharField(max_length=128, null=True, blank=True)
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(
        _("status"), max_length=16, choices=SubmissionStatus.choices, default=SubmissionStatus.RECEIVED
    )
    lead = models.ForeignKey(
        Lead,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="submissions",
        verbose_name=_("lead"),
        db_index=False,
    )
    error = models.TextField(_("error"), blank=True)
    steps = models.JSONField(_("steps"), default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rejected by"),
        db_index=False,
    )
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    class Meta:
        ordering = ("-received_at",)
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = (
            # The form is in the fingerprint. Were it in this index, too, a statement that was planned while
            # the table was empty might take another one that begins with the form, and read all its posts.
            models.Index(fields=("fingerprint", "-received_at"), name="submission_repeat"),
            models.Index(
                fields=("next_attempt_at",), condition=Q(next_attempt_at__isnull=False), name="submission_due"
            ),
            models.Index(fields=("status", "-received_at"), name="submission_status"),
            models.Index(fields=("lead",), condition=Q(lead__isnull=False), name="submission_lead"),
            # How often an address posted lately; without it a flood would read the whole form.
            models.Index(fields=("form", "remote_address", "-received_at"), name="submission_address"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("form", "idempotency_key"),
                condition=Q(idempotency_key__isnull=False),
                name="submission_key_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.form} {self.received_at:%Y-%m-%d %H:%M}"
