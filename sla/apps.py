from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "sla"
    label = "sla"
    verbose_name = _("Agreement")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from funnel.selectors.timeline import tell_also

        from . import receivers  # noqa: F401
        from .selectors.ledger import REMINDERS_OF_A_LEAD

        tell_also(REMINDERS_OF_A_LEAD)
