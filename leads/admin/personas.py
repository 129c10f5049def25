from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from smarketing.accounts.admin.auditing import Audited
from smarketing.accounts.models import User

from ..forms.scoring import PersonaForm
from ..models import Persona
from ..services.personas import reassign_personas


@admin.register(Persona)
class PersonaAdmin(Audited, admin.ModelAdmin):
    """After every change all leads are looked at again."""

    form = PersonaForm
    list_display = ("name", "position", "is_active")

    def save_model(self, request: HttpRequest, obj: Persona, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        reassign_personas(actor=_actor(request), at=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Persona) -> None:
        super().delete_model(request, obj)
        reassign_personas(actor=_actor(request), at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Persona]) -> None:
        super().delete_queryset(request, queryset)
        reassign_personas(actor=_actor(request), at=timezone.now())


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
