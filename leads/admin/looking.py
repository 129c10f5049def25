from typing import Any

from django.http import HttpRequest


class OnlyLooking:
    """Mixin before ``ModelAdmin``: rows that services alone write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
