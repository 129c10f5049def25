from django.db import models
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    """The account behind leads, matched by registrable domain (free-mail domains never match)."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    domain = models.CharField(_("domain"), max_length=253, null=True, blank=True, unique=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166-1 code"))
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name or self.domain or f"#{self.pk}"
