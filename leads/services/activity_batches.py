"""Many activities of many leads in one call, all or each by itself."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from smarketing.accounts.models import User

from ..errors import InvalidValue
from ..models import Activity
from ..rules.identity import InvalidIdentity, parse_email
from ..selectors import leads_visible_to
from .activities import Event, record_events
from .readers import refuse_readers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeadName:
    """How a caller names a lead: by one of the three."""

    id: int | None = None
    email: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    lead: LeadName
    event: Event


@dataclass(slots=True)
class Result:
    """What became of a row: an activity (new or `repeated`), or `message` with the `field` at fault."""

    activity: Activity | None = None
    repeated: bool = False
    field: str = ""
    message: str = ""


def record_rows(*, rows: Sequence[Row], actor: User, at: datetime, source: str) -> list[Result]:
    """Record each row that can be recorded; the others say why not. One transaction per lead.

    `actor` must see the leads. A lead is locked and scored once, however many rows are its.
    """
    return _record(rows, actor, at, source, all_or_none=False)


@transaction.atomic
def record_all_rows(*, rows: Sequence[Row], actor: User, at: datetime, source: str) -> list[Result]:
    """Record all rows; when one cannot be, its result says why and none is recorded."""
    results = _record(rows, actor, at, source, all_or_none=True)
    if any(result.message for result in results):
        transaction.set_rollback(True)
    return results


def _record(
    rows: Sequence[Row], actor: User, at: datetime, source: str, *, all_or_none: bool
) -> list[Result]:
    refuse_readers(actor)  # once for all: it is no fault of any row
    results = [Result() for _row in rows]
    find = _finder(rows, actor)
    by_lead: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        lead_id = find(row.lead)
        if lead_id is None:
            results[place].field = "lead"
            results[place].message = _("There is no such lead, or you may not see it.")
        else:
            by_lead.setdefault(lead_id, []).append(place)
    if all_or_none and any(result.message for result in results):
        return results
    # Always in the same order, or two calls could each hold the lead that the other waits for.
    for lead_id in sorted(by_lead):
        places = by_lead[lead_id]
        if not _record_lead(lead_id, places, rows, results, actor, at, source) and len(places) > 1:
            for place in places:
                _record_lead(lead_id, [place], rows, results, actor, at, source)
    return results


def _record_lead(
    lead_id: int,
    places: Sequence[int],
    rows: Sequence[Row],
    results: list[Result],
    actor: User,
    at: datetime,
    source: str,
) -> bool:
    """Record these rows of one lead together; on a fault they all get its message."""
    field = ""
    try:
        with transaction.atomic():
            recorded = record_events(
                lead_id=lead_id,
                events=[rows[place].event for place in places],
                at=at,
                source=source,
                actor=actor,
            )
    except OperationalError:
        raise  # the database is away: the caller shall come again, no row is at fault
    except InvalidValue as error:
        field, message = error.field, str(error)
    except Exception:
        logger.exception("Activities of lead %s could not be recorded", lead_id)
        message = _("This could not be recorded; it is in our log.")
    else:
        for place, one in zip(places, recorded, strict=True):
            results[place] = Result(activity=one.activity, repeated=one.repeated)
        return True
    for place in places:
        results[place] = Result(field=field, message=message)
    return False


def _finder(rows: Sequence[Row], actor: User) -> Callable[[LeadName], int | None]:
    """Look all named leads up at once; one that was merged stands for its survivor."""
    keys = {row.lead.email: _key(row.lead.email) for row in rows if row.lead.email}
    wanted = (
        Q(pk__in={row.lead.id for row in rows if row.lead.id is not None})
        | Q(email_key__in=set(keys.values()) - {""})
        | Q(external_id__in={row.lead.external_id for row in rows if row.lead.external_id})
    )
    found = leads_visible_to(actor).filter(wanted).values_list("pk", "email_key", "external_id")
    by_id = {pk: pk for pk, _key_, _external in found}
    by_key = {key: pk for pk, key, _external in found}
    by_external = {external: pk for pk, _key_, external in found}

    def find(name: LeadName) -> int | None:
        if name.id is not None:
            return by_id.get(name.id)
        if name.email:
            return by_key.get(keys[name.email])
        return by_external.get(name.external_id)

    return find


def _key(email: str) -> str:
    try:
        return parse_email(email).key
    except InvalidIdentity:
        return ""
