from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Rescore
from .looking import OnlyLooking


@admin.register(Rescore)
class RescoreAdmin(OnlyLooking, admin.ModelAdmin):
    """How far a re-score of everybody has come."""

    list_display = ("rule_set", "started_at", "progress", "done", "total", "finished_at")
    list_select_related = ("rule_set",)

    @admin.display(description=_("progress"))
    def progress(self, rescore: Rescore) -> str:
        return f"{rescore.percent} %"
