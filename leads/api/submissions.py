"""The door for landing pages: no account, no session, no CSRF token; any site may try to post.

What stands between: the form must exist and be active, a browser must come from one of the
form's origins, and one address may post only so often. Same-origin policy is not protection
against scripts outside browsers; the honeypot, the rate and the quarantine are.
"""

import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, PermissionDenied, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from smarketing.accounts.api.parsers import StrictFormParser, StrictJSONParser, StrictMultiPartParser

from ..models import Form
from ..rules.addresses import client_address
from ..rules.origins import is_allowed, normal_origin
from ..rules.touches import TOUCH_FIELDS
from ..selectors.forms import Setup, current_setup, is_in_force, setup_in_hand
from ..services.inbox import Receipt
from ..services.intake import Visit, receive

IDEMPOTENCY_KEY = re.compile(r'"([\x21\x23-\x7e]{1,128})"|([\x21\x23-\x7e]{1,128})')
"""A string of the IETF draft, quoted or (as most clients send it) bare; printable ASCII, no blank."""

CORS_METHODS = "POST, OPTIONS"
CORS_HEADERS = "Content-Type, Idempotency-Key"
CORS_EXPOSED = "Retry-After, Idempotency-Replayed"
CORS_SECONDS = "600"

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class FormRevoked(APIException):
    status_code = 410
    default_detail = gettext_lazy("This form no longer takes submissions.")


class SeeOther(HttpResponseRedirect):
    status_code = 303


class ReceiptSerializer(serializers.Serializer[Any]):
    submission = serializers.UUIDField(help_text="Name it when asking what became of the submission.")
    status = serializers.ChoiceField(choices=["accepted"])


VALUES: dict[str, Any] = {
    "type": "object",
    "description": "Posted name → value, as the form's mapping and custom fields name them; "
    "utm_source, utm_medium, utm_campaign, utm_term, utm_content, referrer and landing_page tell the visit.",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    "example": {"email": "ana@acme.example", "first_name": "Ana", "utm_source": "newsletter"},
}


class FormSubmissions(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes: tuple[type[BaseParser], ...] = (StrictJSONParser, StrictFormParser, StrictMultiPartParser)
    throttle_classes = ()

    form: Form | None = None
    cors_origin = ""
    pairs: tuple[tuple[str, Any], ...] = ()

    @extend_schema(
        summary="Post a landing page's form",
        tags=["intake"],
        auth=[],
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="Makes a repeat harmless: the same key and values get the same answer.",
                pattern="^[!#-~]{1,128}$",
            )
        ],
        request={
            "application/json": VALUES,
            "application/x-www-form-urlencoded": VALUES,
            "multipart/form-data": VALUES,
        },
        responses={
            201: ReceiptSerializer,
            200: OpenApiResponse(description="The thank-you page (plain HTML forms)"),
            303: OpenApiResponse(description="To the form's thank-you page (plain HTML forms)"),
        },
        extensions={"x-problems": [403, 409, 410, 422]},
    )
    def post(self, request: Request, form_id: UUID) -> HttpResponseBase:
        setup = setup_in_hand()
        if form_id in setup.forms:
            try:
                return self._take(request, form_id, setup)
            except Exception:
                if is_in_force(setup):
                    raise
        # Read now, so that it need not be asked again whether it is so.
        return self._take(request, form_id, replace(current_setup(), token=None))

    def _take(self, request: Request, form_id: UUID, setup: Setup) -> HttpResponseBase:
        self.form, self.cors_origin = None, ""  # of what was tried before
        form = self._open_form(form_id, setup)
        self._check_origin(request, form)
        self.pairs = _pairs(request)
        visit = Visit(
            referer=request.META.get("HTTP_REFERER", "")[:2000],
            remote_address=_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            idempotency_key=_idempotency_key(request),
        )
        receipt = receive(form=form, posted=self.pairs, visit=visit, at=timezone.now(), setup=setup)
        return self._accepted(request, form, receipt)

    @extend_schema(exclude=True)
    def options(  # type: ignore[override]
        self, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Preflight: only a listed origin of an active form learns that it may post."""
        form = self._open_form(kwargs["form_id"], current_setup())
        if request.headers.get("Origin") is not None:
            self._check_origin(request, form)
        response = HttpResponse(status=204, headers={"Allow": CORS_METHODS})
        if self.cors_origin:
            response["Access-Control-Allow-Methods"] = CORS_METHODS
            response["Access-Control-Allow-Headers"] = CORS_HEADERS
            response["Access-Control-Max-Age"] = CORS_SECONDS
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """What a browser "accepts" chooses between page and JSON below; it is never a 406."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type or ""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if self.form is None or not _wants_page(self.request):
            return response
        page = _error_page(self.request, self.form, self.pairs, response)
        return page  # type: ignore[return-value]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Origin"])
        if self.cors_origin:
            response["Access-Control-Allow-Origin"] = self.cors_origin
            response["Access-Control-Expose-Headers"] = CORS_EXPOSED
        return response

    def _open_form(self, form_id: UUID, setup: Setup) -> Form:
        try:
            form = setup.form(form_id)
        except Form.DoesNotExist:
            raise Http404 from None
        if not form.is_active:
            raise FormRevoked
        return form

    def _check_origin(self, request: Request, form: Form) -> None:
        """A navigation (plain HTML form) cannot be read by the page it came from, so with no
        origins listed it may come from anywhere; "null" is what strict referrer policies send."""
        origin = request.META.get("HTTP_ORIGIN")
        if origin is not None:
            if is_allowed(origin, form.origins):
                self.cors_origin = origin
            elif normal_origin(origin) != normal_origin(f"{request.scheme}://{request.get_host()}") and not (
                _wants_page(request) and (not form.origins or origin == "null")
            ):
                raise PermissionDenied(_("This form may not be posted from there."))
        self.form = form

    def _accepted(self, request: Request, form: Form, receipt: Receipt) -> HttpResponseBase:
        if _wants_page(request):
            if form.thank_you_url:
                return SeeOther(form.thank_you_url)
            return _page(request, "leads/thank_you.html", {"form": form}, status=200)
        headers = {"Idempotency-Replayed": "true"} if receipt.replayed else None
        # What a Response would render, without asking who renders it.
        body = {"submission": str(receipt.submission_id), "status": "accepted"}
        return JsonResponse(body, status=201, headers=headers)


def _wants_page(request: HttpRequest | Request) -> bool:
    """Whether a browser's plain form is waiting for a page, not a script for JSON."""
    if "json" in (request.content_type or ""):
        return False
    mode = request.META.get("HTTP_SEC_FETCH_MODE")
    return mode == "navigate" if mode else "text/html" in request.META.get("HTTP_ACCEPT", "")


def _pairs(request: Request) -> tuple[tuple[str, Any], ...]:
    data = request.data
    if not isinstance(data, QueryDict):
        assert isinstance(data, dict)  # the parsers give nothing else
        return tuple(data.items())
    pairs = tuple((name, value) for name, values in data.lists() for value in values)
    if files := {name: [_("Files are not accepted.")] for name, value in pairs if hasattr(value, "read")}:
        raise ValidationError(files)
    return pairs


def _idempotency_key(request: Request) -> str | None:
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return None
    match = IDEMPOTENCY_KEY.fullmatch(header.strip())
    if match is None:
        raise ParseError(_("The Idempotency-Key must be 1 to 128 printable ASCII characters without blanks."))
    return match[1] or match[2]


def _address(request: Request) -> str | None:
    return client_address(
        remote=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def _error_page(
    request: HttpRequest, form: Form, pairs: tuple[tuple[str, Any], ...], problem: HttpResponse
) -> HttpResponse:
    """What is wrong, with everything that was typed ready to be corrected and sent again."""
    document = json.loads(problem.content)
    messages: dict[str, list[str]] = {}
    for error in document["errors"]:
        messages.setdefault(error["field"], []).append(error["message"])
    labels = {str(f.get("name")): str(f.get("label") or f.get("name")) for f in form.custom_fields}
    typed = [(name, "" if hasattr(value, "read") else str(value)) for name, value in pairs]
    absent = [(name, "") for name in messages if name and name not in dict(typed)]
    fields = [
        {
            "name": name,
            "label": labels.get(name) or name.replace("_", " ").capitalize(),
            "value": value,
            "messages": messages.get(name, []),
            "hidden": name in TOUCH_FIELDS,
            "long": len(value) > 80 or "\n" in value,
        }
        for name, value in [*typed, *absent]
        if name != form.honeypot
    ]
    context = {"form": form, "problem": document, "fields": fields, "whole": messages.get("", [])}
    page = _page(request, "leads/submission_refused.html", context, status=problem.status_code)
    if "Retry-After" in problem:
        page["Retry-After"] = problem["Retry-After"]
    return page


def _page(
    request: HttpRequest | Request, template: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    plain = request._request if isinstance(request, Request) else request
    response = render(plain, template, context, status=status)
    response.for_reading = True  # type: ignore[attr-defined]
    # The policy covers redirects after a post too: the thank-you page is on the customer's site.
    thanks = normal_origin(context["form"].thank_you_url)
    response["Content-Security-Policy"] = f"{PAGE_POLICY} {thanks}".strip()
    return response
