from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from ..services.policies import renew_policies


class RenewsPolicies:
    """Mixin before ``ModelAdmin``: every write tells the processes that compiled the old values."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        renew_policies()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)  # type: ignore[misc]
        renew_policies()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)  # type: ignore[misc]
        renew_policies()
