"""Where journeys came from, beyond their source: form, first and last touch, and whether marketing's work
brought them. Counts and lists ask the same expressions."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Func, OuterRef, Q, Subquery, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf

from leads.models import Submission

from ..models.journey import JourneyQuerySet

HOST = r"^[A-Za-z]+://(?:www\.)?([^/:?#]+)"


@dataclass(frozen=True, slots=True)
class Origin:
    """None is any, "" none. ``form``: id of the first form that was sent; touches: the link's own source,
    else the referring site; ``marketing``: with a source or a campaign, or without both."""

    form: str | None = None
    first_touch: str | None = None
    last_touch: str | None = None
    marketing: bool | None = None


ANY = Origin()
BROUGHT = ~Q(source="") | Q(campaign__isnull=False)
"""Came by marketing's work: with a source or a campaign."""


def touch(field: str, prefix: str = "") -> Coalesce:
    """``field``: first_touch or last_touch; ``prefix``: the way to the journey."""
    where = f"{prefix}lead__{field}"
    named = NullIf(KeyTextTransform("utm_source", where), Value(""))
    host = Func(
        KeyTextTransform("referrer", where), Value(HOST), function="substring", output_field=TextField()
    )
    return Coalesce(named, host, Value(""), output_field=TextField())


def form_of(prefix: str = "") -> Coalesce:
    sent = Submission.objects.filter(lead=OuterRef(f"{prefix}lead")).order_by("received_at", "pk")
    first = Cast(Subquery(sent.values("form")[:1]), CharField())
    return Coalesce(first, Value(""), output_field=CharField())


def dimension(by: str, prefix: str = "") -> Any:
    """What a table is split by, as an expression of a journey (or of what leads to it by ``prefix``)."""
    if by in ("first_touch", "last_touch"):
        return touch(by, prefix)
    if by == "form":
        return form_of(prefix)
    return F(f"{prefix}{'lead__persona' if by == 'persona' else by}")


def of_origin(found: JourneyQuerySet, wanted: Origin) -> JourneyQuerySet:
    for name in ("form", "first_touch", "last_touch"):
        value = getattr(wanted, name)
        if value is not None:
            found = found.alias(**{f"by_{name}": dimension(name)}).filter(**{f"by_{name}": value})
    if wanted.marketing is not None:
        found = found.filter(BROUGHT if wanted.marketing else ~BROUGHT)
    return found
