"""Django's admin tells the audit log what it wrote, in the same transaction."""

from typing import Any

from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from ..models import User
from ..services.audit import record_change, record_created, record_deleted, snapshot, told_outside

BEFORE = "_audit_before"


class Audited:
    """Mixin before ``ModelAdmin``. Services called on the way tell nothing of the same object.

    The admin calls ``log_*`` inside its transaction and after everything is saved (a deletion:
    before it), so these are the places to compare.
    """

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        obj = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if request.method == "POST" and obj is not None:
            setattr(request, BEFORE, snapshot(obj))
        return obj

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *rest: Any, **more: Any
    ) -> Any:
        with told_outside(self.model, object_id):  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, *rest, **more)  # type: ignore[misc]

    def response_action(self, request: Any, queryset: Any, *place: Any, **more: Any) -> Any:
        """Deleting several: the admin itself writes each row in a transaction of its own."""
        with transaction.atomic():
            return super().response_action(request, queryset, *place, **more)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        record_created(obj, actor=actor_of(request), at=timezone.now(), outermost=True)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        record_change(obj, before=getattr(request, BEFORE), actor=actor_of(request), at=timezone.now())
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            record_deleted(obj, actor=actor_of(request), at=timezone.now())
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def actor_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
