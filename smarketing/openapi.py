"""The API's description at /api/v1/schema and its pages at /api/v1/docs, nothing from a CDN.

Plain views: REST framework's would load this module through the settings while it is loading.
"""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from smarketing.accounts.api.auth import ScopePermission
from smarketing.accounts.api.serializers import StrictSerializer
from smarketing.problems import CONTENT_TYPE, TITLES, TYPE

PROBLEM = {
    "type": "object",
    "description": "Every error (RFC 9457). `errors` name the fields; their places are dotted.",
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": [f"{TYPE}bad-request"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "errors"],
}

METHODS = {"get", "post", "put", "patch", "delete"}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "smarketing.accounts.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token: `smk_…`."}


class ApiSchema(AutoSchema):
    """Adds what the project's own classes know: scopes, and bodies that take no unknown field."""

    def get_description(self) -> str:  # type: ignore[override]
        scopes = [
            f"`{permission.scope_for(self.method)}`"
            for permission in self.view.get_permissions()
            if isinstance(permission, ScopePermission)
        ]
        text = super().get_description() or ""
        return f"{text}\n\nA token needs {', '.join(scopes)}.".strip() if scopes else text

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, *args: Any, **kwargs: Any) -> Any:
        schema = super()._map_serializer_field(field, direction, *args, **kwargs)
        if isinstance(field, serializers.IntegerField) and isinstance(schema, dict):
            schema.pop("format", None)  # a bigint's bounds are in the validators
        return schema


def add_problems(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Every operation can also fail; which ways follows from what it takes and who may call it,
    and from `extend_schema(extensions={"x-problems": [409]})` for what only the view knows."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                for status in sorted(_failures(path, operation)):
                    operation["responses"].setdefault(str(status), _failure(status))
    return result


def _failures(path: str, operation: dict[str, Any]) -> set[int]:
    failures = {406, 429, 503}
    if any(operation.get("security", [])):
        failures |= {401, 403}
    if "{" in path:
        failures |= {404}
    if operation.get("parameters") or "requestBody" in operation:
        failures |= {400}
    if "requestBody" in operation:
        failures |= {413, 415}
    return failures | set(operation.pop("x-problems", ()))


def _failure(status: int) -> dict[str, Any]:
    """An unknown status is described by its number; descriptions are what a reader sees first."""
    answer: dict[str, Any] = {
        "description": str(TITLES.get(status, status)),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return answer


@lru_cache(maxsize=4)
def document(language: str | None) -> dict[str, Any]:
    """The schema in a language; the code does not change while the process runs."""
    return SchemaGenerator().get_schema(request=None, public=True)


@require_safe
def schema(request: HttpRequest) -> JsonResponse:
    """Open to all: it tells what the source does, and no data."""
    return JsonResponse(document(get_language()), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from the project's own static files; its token stays in the page's memory."""
    return render(request, "api/docs.html")
