from django.db import models
from django.utils.translation import gettext_lazy as _


class Persona(models.Model):
    """The agreed description of an ideal buyer.

    ``criteria`` is a list of ``{"field": str, "operator": Operator, "value": …}``; all must hold.
    The first persona by ``position`` whose criteria hold is the lead's persona.
    """

    is_configuration = True

    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.TextField(_("agreed description"), blank=True)
    criteria = models.JSONField(_("criteria"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("buyer persona")
        verbose_name_plural = _("buyer personas")

    def __str__(self) -> str:
        return self.name
