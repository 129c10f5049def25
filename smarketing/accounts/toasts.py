"""Short messages after an action, with a way back; the same for plain and for htmx requests."""

from typing import Any

from django.contrib import messages
from django.contrib.messages import constants
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

UNDO = "undo:"


def toast(
    request: HttpRequest, text: Any, *, level: int = constants.SUCCESS, undo_url: str | None = None
) -> None:
    """Say `text` on the page that comes next.

    `undo_url` is posted to (with no body) by the message's Undo button. A fragment that answers an
    htmx request carries the message in its HX-Trigger header: `ToastMiddleware` does that.
    """
    messages.add_message(request, level, str(text), extra_tags=UNDO + undo_url if undo_url else "")


def undo_url(message: Any) -> str:
    """The address that takes back what this message tells of, else an empty text."""
    tags = str(message.extra_tags or "")
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


def with_toasts(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Hand the waiting messages to the page that asked for this fragment."""
    waiting = [
        {"text": str(message), "level": message.level_tag, "undo": undo_url(message)}
        for message in messages.get_messages(request)
    ]
    return trigger_client_event(answer, "toasts", {"toasts": waiting}) if waiting else answer
