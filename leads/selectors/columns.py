"""What thousands of leads are scored by, in columns: a ``Lead`` of each takes longer than scoring it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, Func

from ..models import Activity, Lead
from ..rules.conditions import CUSTOM, LEAD_FIELDS
from ..rules.seniority import seniority_of
from ..rules.totals import Column, Happened
from .preview import is_one_of, stretches
from .scores import domain_of

Given = Sequence[Any]
Fact = Callable[..., Given]
"""A column of facts, by the columns that it is made of."""
AT_ONCE = 5_000
"""Leads of a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``facts``: a row a lead, of the fields that were asked for; ``created``: microseconds since 1970."""

    ids: tuple[int, ...]
    created: Column
    facts: list[tuple[object, ...]]


def batches_of(fields: Sequence[str], *, total: int, sample: int | None) -> Iterator[Batch]:
    """The leads of ``preview.batches``, in its order."""
    made = [fact_columns(field) for field in fields]
    columns = list(dict.fromkeys(name for names, _fact in made for name in names))
    rows = Lead.objects.current().order_by("pk").values_list("pk", _moment("created_at"), *columns)
    for some in stretches(rows, total, sample, pk_of=itemgetter(0), size=AT_ONCE):
        if some:
            ids, created, *values = zip(*some, strict=True)
            by_name = dict(zip(columns, values, strict=True))
            facts = [fact(*(by_name[name] for name in names), n=len(ids)) for names, fact in made]
            yield Batch(
                ids, np.array(created, dtype=np.int64), list(zip(*facts, strict=True)) or [()] * len(ids)
            )


def happened_to(lead_ids: Sequence[int], kinds: Collection[str]) -> Happened:
    """What ``events_of`` reads; ``lead_ids`` rise."""
    rows = Activity.objects.filter(is_one_of("lead_id", lead_ids), is_scored=True, kind__in=sorted(kinds))
    ordered = rows.order_by("lead_id", "-occurred_at", "-pk")
    found = list(ordered.values_list("lead_id", "kind", "asset", _moment("occurred_at")))
    leads, names, assets, moments = zip(*found, strict=True) if found else ((), (), (), ())
    known: dict[tuple[str, str], int] = {}
    return Happened(
        lead=np.searchsorted(np.array(lead_ids, dtype=np.int64), np.array(leads, dtype=np.int64)),
        what=np.array(
            [known.setdefault(what, len(known)) for what in zip(names, assets, strict=True)], dtype=np.int64
        ),
        moment=np.array(moments, dtype=np.int64),
        known=list(known),
    )


def _moment(column: str) -> Func:
    """As ``moment_of`` has it, and exact: EXTRACT answers with a number of any length."""
    template = "(EXTRACT(epoch FROM %(expressions)s) * 1000000)::bigint"
    return Func(F(column), template=template, output_field=BigIntegerField())


def fact_columns(field: str) -> tuple[tuple[str, ...], Fact]:
    """The columns that a field of ``facts_of`` is made of, and how; no columns: there is no such field."""
    if field.startswith(CUSTOM):
        return ("custom",), partial(_custom, field.removeprefix(CUSTOM))
    if field == "email_domain":
        return ("email",), _domains
    if field == "seniority":
        return ("seniority", "job_title"), _levels
    return ((field.replace(".", "__"),), _as_they_are) if field in LEAD_FIELDS else ((), _nothing)


def _custom(name: str, column: Given, *, n: int) -> Given:
    return [(given or {}).get(name) for given in column]


def _domains(column: Given, *, n: int) -> Given:
    return [domain_of(email) for email in column]


def _levels(stored: Given, titles: Given, *, n: int) -> Given:
    return [level or seniority_of(title) for level, title in zip(stored, titles, strict=True)]


def _as_they_are(column: Given, *, n: int) -> Given:
    return column


def _nothing(*, n: int) -> Given:
    return [None] * n
