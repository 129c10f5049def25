from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import Side

from ..enums import PromiseKind
from .agreement import Agreement

COUNTED = (PromiseKind.MQLS, PromiseKind.MQL_VALUE, PromiseKind.ATTEMPTS)
SHARED = (
    PromiseKind.FIRST_CONTACT,
    PromiseKind.DECISION,
    PromiseKind.AE_DECISION,
    PromiseKind.ACCEPTED_SHARE,
)


class AgreementPromise(models.Model):
    """One measurable commitment.

    ``amount``: MQLs a month, money a month, or attempts per lead. ``target_percent``: the share that
    is to be contacted within ``minutes`` (working time), decided within ``days`` (of 24 hours), or
    accepted. ``source``: which leads it is about; empty: all.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="promises")
    kind = models.CharField(_("promise"), max_length=16, choices=PromiseKind.choices)
    side = models.CharField(_("promised by"), max_length=16, choices=Side.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    minutes = models.PositiveIntegerField(_("working minutes"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    target_percent = models.DecimalField(
        _("share in percent"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=120, blank=True)

    class Meta:
        ordering = ("agreement", "id")
        verbose_name = _("promise of an agreement")
        verbose_name_plural = _("promises of an agreement")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "kind", "source"), name="promise_once"),
            models.CheckConstraint(
                condition=(Q(kind__in=COUNTED) & Q(amount__isnull=False, amount__gt=0))
                | (
                    Q(kind__in=SHARED)
                    & Q(target_percent__isnull=False, target_percent__gt=0, target_percent__lte=100)
                ),
                name="promise_has_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(kind=PromiseKind.FIRST_CONTACT) | Q(minutes__isnull=False, minutes__gte=1),
                name="promise_of_contact_in_minutes",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=(PromiseKind.DECISION, PromiseKind.AE_DECISION))
                | Q(days__isnull=False, days__gte=1),
                name="promise_of_decision_in_days",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=(PromiseKind.MQLS, PromiseKind.MQL_VALUE)) | Q(source=""),
                name="promise_by_source_is_marketings",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}".strip()


class AgreementSignature(models.Model):
    """Somebody signed for a side, with their own account; the database keeps it from being altered.

    ``proposal``: the how-manieth proposal of the agreement it is for. ``fingerprint``: of
    ``Agreement.frozen`` as it was then.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    proposal = models.PositiveSmallIntegerField()
    side = models.CharField(_("for"), max_length=16, choices=Side.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)

    class Meta:
        ordering = ("signed_at", "id")
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "proposal", "side"), name="signature_once_a_side"),
            models.UniqueConstraint(fields=("agreement", "proposal", "user"), name="signature_once_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.get_side_display()}: {self.user}"
