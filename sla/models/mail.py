"""The outbox: one mail for one person, with a Message-ID that never changes, and what it says."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Lead

from ..enums import MailKind, MailState, Recipient
from ..rules.retries import PATIENCE
from .reminder import Reminder


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, at: object) -> "MailQuerySet":
        """Waiting mails that nobody is handing over, oldest first."""
        return (
            self.filter(state=MailState.PENDING, next_attempt_at__lte=at)
            .filter(Q(leased_until=None) | Q(leased_until__lte=at))
            .order_by("next_attempt_at", "id")
        )


class Mail(models.Model):
    """What is to be said to one person, written in the transaction that decided it.

    One mail carries one reminder or notice, or all that wait for a person as a digest. ``key`` makes deciding
    twice harmless; ``message_id`` is derived from it, so a repeat after a crash is recognisable.
    ``address`` is copied when the mail is written. ``attempts`` counts every try, ``failures`` only
    those that failed for a reason of this mail (its address, its domain, its text): a mail server
    that is down is nobody's failure.
    """

    key = models.CharField(max_length=120, unique=True)
    message_id = models.CharField(max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=MailKind.choices)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="mails", verbose_name=_("to")
    )
    address = models.EmailField(_("address"))
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="+")
    context = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=MailState.choices, default=MailState.PENDING)
    created_at = models.DateTimeField(_("written"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    failures = models.PositiveSmallIntegerField(_("failures of its own"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"), condition=Q(state=MailState.PENDING), name="mail_due"
            ),
            models.Index(
                fields=("recipient",), condition=Q(state=MailState.PENDING), name="mail_waiting_for"
            ),
            models.Index(
                fields=("id",),
                condition=Q(state=MailState.PENDING, failures__gte=PATIENCE),
                name="mail_overtaken",
            ),
        )

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """Which reminder reached whom through which mail, and in what role."""

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="deliveries")
    mail = models.ForeignKey(Mail, models.CASCADE, related_name="deliveries")
    role = models.CharField(_("as"), max_length=12)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = (
            models.Index(fields=("reminder",), condition=Q(role=Recipient.CEO), name="delivery_to_the_top"),
        )
        constraints = (models.UniqueConstraint(fields=("reminder", "mail"), name="delivery_once"),)

    def __str__(self) -> str:
        return f"{self.reminder_id} → {self.mail_id}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self) -> "NoticeQuerySet":
        """In no mail yet, oldest first; served by the partial index."""
        return self.filter(mail=None).order_by("created_at", "id")


class Notice(models.Model):
    """News for one person that belongs to no step; the engine's next round puts it into a mail.

    ``key`` makes saying it twice harmless. What waits for a person, notices and reminders alike,
    goes out as one mail. ``context``: for ``undeliverable`` ``mail`` (which one), ``tried`` (who could
    not be reached so far) and ``error``; for ``disputed`` and ``judged`` ``dispute`` (its id) and
    ``url`` (its page).
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=MailKind.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="+")
    context = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("written"))
    mail = models.ForeignKey(Mail, models.CASCADE, null=True, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = (models.Index(fields=("created_at", "id"), condition=Q(mail=None), name="notice_waiting"),)

    def __str__(self) -> str:
        return self.key


class MailAttempt(models.Model):
    """Audit of every try to hand a mail over, written before the network is touched."""

    mail = models.ForeignKey(Mail, models.CASCADE, related_name="tries")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)

    class Meta:
        ordering = ("started_at", "id")
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return self.outcome or "…"
