from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import Clock


@admin.register(Clock)
class ClockAdmin(admin.ModelAdmin):
    """To look at: clocks are started and ended by services only."""

    list_display = ("id", "lead", "kind", "state", "owner", "started_at", "due_at", "ended_at", "error")
    list_filter = ("state", "kind")
    list_select_related = ("lead", "owner")
    search_fields = ("=lead__id", "lead__email", "owner__email")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
