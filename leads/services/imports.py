"""Files of leads: taken in row by row, mapped, started, stopped, thrown away.

The work itself is done in ``import_checking``, ``import_running`` and ``import_undoing``.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import MEANINGFUL_KINDS, ImportStatus
from ..errors import InvalidValues, NotAllowed, OvertakenImport, StaleImport, UnusableTable
from ..models import Campaign, Import, ImportMapping, ImportRow
from ..rules import importing as rules
from ..selectors.imports import imports_visible_to, mappings_for, samples_of
from .table_files import open_table, too_many_rows
from .tables import BLOCK, Record, fault_of

IMPORTERS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
UNDO_DAYS = 7
KEPT_DAYS = 30
"""Rows hold personal data; this long after the upload they are deleted, whatever became of them."""

AT_ONCE = 5_000
CHANGEABLE = (ImportStatus.UPLOADED, ImportStatus.CHECKING, ImportStatus.CHECKED)
ENDED = (ImportStatus.DONE, ImportStatus.CANCELLED)
DID = sorted(MEANINGFUL_KINDS)
"""What an import may say that its people did."""

COLUMNS = (
    "imported_id", "number", "cells", "fault", "outcome", "problems", "email_key", "external_id", "filled",
    "undone", "why_kept",
)  # fmt: skip


def refuse_others(actor: User) -> None:
    if actor.role not in IMPORTERS:
        raise NotAllowed(_("Only marketing, managers and administrators import leads."))


@transaction.atomic
def upload(*, file: IO[bytes], name: str, key: UUID, actor: User, at: datetime) -> Import:
    """Store every row of a file; ``key`` is of the page that sent it: sent twice it is one import.

    The columns are mapped as this set of columns was last, else by guess. Raises NotAllowed and
    UnusableTable, and then nothing is stored. Memory does not grow with the file.
    """
    refuse_others(actor)
    found = Import.objects.filter(key=key, actor=actor).first()
    if found is not None:
        return found
    digest = _digest(file)
    table = open_table(file)
    header = rules.header_names(table.header)
    imported, is_new = Import.objects.get_or_create(
        key=key,
        actor=actor,
        defaults={
            "file_name": _safe(name)[:200] or "leads.csv",
            "digest": digest,
            "details": table.details,
            "header": header,
            "uploaded_at": at,
        },
    )
    if not is_new:
        return imported  # the same page, sent twice, was faster
    while batch := list(islice(table.rows, AT_ONCE)):
        imported.total += len(batch)
        if imported.total > table.most_rows:
            raise too_many_rows(table.most_rows)
        _copy(imported.pk, header, batch)
    if not imported.total:
        raise UnusableTable(_("The file names columns, but has no rows."))
    _premap(imported)
    imported.save(
        update_fields=("total", "columns", "source", "campaign", "activity_kind", "asset", "hand_off")
    )
    return imported


def _digest(file: IO[bytes]) -> str:
    found = sha256()
    while block := file.read(BLOCK):
        found.update(block)
    file.seek(0)
    return found.hexdigest()


def _premap(imported: Import) -> None:
    known = mappings_for(imported).first()
    if known is None:
        imported.columns = rules.guess(imported.header, [row.cells for row in samples_of(imported)])
        return
    imported.columns = rules.recalled(imported.header, known.columns)
    options = known.options
    imported.source, imported.asset = options.get("source", ""), options.get("asset", "")
    imported.activity_kind, imported.hand_off = (
        options.get("activity_kind", ""),
        options.get("hand_off", False),
    )
    imported.campaign = Campaign.objects.filter(pk=options.get("campaign")).first()


def _copy(import_id: int, header: Sequence[str], batch: Iterable[Record]) -> None:
    """Rows by COPY: a million of them take seconds, not minutes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for record in batch:
        fault = fault_of(record, list(header))
        cells = json.dumps([_safe(cell) for cell in record.cells], ensure_ascii=False)
        told = json.dumps(fault.kept if fault else "")
        writer.writerow([import_id, record.number, cells, told, "", "[]", "", "", "{}", "", '""'])
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {ImportRow._meta.db_table} ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv)", text
        )


def _safe(text: str) -> str:
    """What PostgreSQL can keep."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


@transaction.atomic
def set_columns(
    *,
    import_id: int,
    columns: Sequence[str],
    options: Mapping[str, Any],
    actor: User,
    at: datetime,
    remember: str = "",
    seen: int | None = None,
) -> Import:
    """Say what the columns mean; the check of all rows begins (again). ``options``: source, campaign
    (an object or None), activity_kind, asset, happened_on, hand_off. ``remember``: a name under which
    the mapping is offered for the next file with these columns. ``seen``: the version that was shown.

    Raises Import.DoesNotExist, StaleImport once it has been started, OvertakenImport, and InvalidValues.
    """
    imported = _locked(import_id, actor, CHANGEABLE)
    if seen is not None and seen != imported.version:
        raise OvertakenImport(_("The columns were saved again in the meantime."))
    columns = [target if target == rules.CUSTOM or target in rules.TARGETS else "" for target in columns]
    if len(columns) != len(imported.header):
        raise InvalidValues({"": [_("There is not a target for every column.")]})
    if faults := rules.faults_of_columns(columns):
        raise InvalidValues({"": [str(fault) for fault in faults]})
    if options.get("activity_kind") and options["activity_kind"] not in MEANINGFUL_KINDS:
        raise InvalidValues({"activity_kind": [_("There is no such kind of activity.")]})
    imported.columns = columns
    for name in ("source", "campaign", "activity_kind", "asset", "happened_on", "hand_off"):
        setattr(imported, name, options[name])
    imported.status, imported.version = ImportStatus.CHECKING, imported.version + 1
    imported.last_number, imported.done, imported.counts = 0, 0, {}
    imported.save()
    if remember:
        _remember(imported, remember, actor, at)
    return imported


def _remember(imported: Import, name: str, actor: User, at: datetime) -> None:
    named = zip(imported.header, imported.columns, strict=True)
    options = {
        "source": imported.source,
        "campaign": imported.campaign_id,
        "activity_kind": imported.activity_kind,
        "asset": imported.asset,
        "hand_off": imported.hand_off,
    }
    ImportMapping.objects.update_or_create(
        header_key=rules.header_key(imported.header),
        name=name[:80],
        defaults={
            "columns": {rules.normal(header): target for header, target in named},
            "options": options,
            "actor": actor,
            "used_at": at,
        },
    )


@transaction.atomic
def start(*, import_id: int, version: int, actor: User, at: datetime) -> Import:
    """Begin to carry out what was checked as ``version``. Raises StaleImport when it runs already, or
    its columns were changed since."""
    imported = _locked(import_id, actor, (ImportStatus.CHECKED,))
    if imported.version != version:
        raise StaleImport(_("The columns were changed in the meantime; look at the report again."))
    imported.status, imported.started_at = ImportStatus.RUNNING, at
    imported.last_number, imported.done, imported.results = 0, 0, {}
    imported.save(update_fields=("status", "started_at", "last_number", "done", "results"))
    return imported


@transaction.atomic
def cancel(*, import_id: int, actor: User, at: datetime) -> Import:
    """Stop between two batches: what was imported stays and can be undone; a check is forgotten."""
    imported = _locked(import_id, actor, (ImportStatus.RUNNING, ImportStatus.CHECKING))
    if imported.status == ImportStatus.RUNNING:
        imported.status, imported.finished_at = ImportStatus.CANCELLED, at
    else:
        imported.status = ImportStatus.UPLOADED
    imported.save(update_fields=("status", "finished_at"))
    return imported


@transaction.atomic
def begin_undo(*, import_id: int, actor: User, at: datetime) -> Import:
    """Take the import back, within ``UNDO_DAYS`` of its end; see ``import_undoing``."""
    imported = _locked(import_id, actor, ENDED)
    if not may_undo(imported, at):
        raise StaleImport(_("An import can be undone for %(n)d days.") % {"n": UNDO_DAYS})
    imported.status, imported.last_number, imported.done, imported.undone = ImportStatus.UNDOING, 0, 0, {}
    imported.save(update_fields=("status", "last_number", "done", "undone"))
    return imported


def may_undo(imported: Import, at: datetime) -> bool:
    if imported.status not in ENDED or imported.finished_at is None or imported.emptied_at is not None:
        return False
    return at < imported.finished_at + timedelta(days=UNDO_DAYS)


@transaction.atomic
def discard(*, import_id: int, actor: User) -> None:
    """Throw away an upload that was never started."""
    imported = _locked(import_id, actor, CHANGEABLE)
    ImportRow.objects.filter(imported=imported)._raw_delete("default")
    imported.delete()


def forget_old(*, at: datetime, limit: int = 20) -> int:
    """Delete the rows of imports that were uploaded ``KEPT_DAYS`` ago; how many imports there were.

    What came of one stays to be read; an upload that was never started goes altogether.
    """
    old = Import.objects.filter(uploaded_at__lt=at - timedelta(days=KEPT_DAYS), emptied_at=None)
    old = old.exclude(finished_at__gt=at - timedelta(days=UNDO_DAYS))
    old = old.exclude(status__in=(ImportStatus.RUNNING, ImportStatus.UNDOING))
    due = list(old.values_list("pk", flat=True)[:limit])
    return sum(_forget(old.filter(pk=import_id), at) for import_id in due)


@transaction.atomic
def _forget(old: QuerySet[Import], at: datetime) -> bool:
    """Asked again under the lock: somebody may have started it or begun to undo it just now."""
    imported = old.select_for_update(skip_locked=True, of=("self",)).first()
    if imported is None:
        return False
    ImportRow.objects.filter(imported=imported)._raw_delete("default")
    if imported.status in CHANGEABLE:
        imported.delete()
    else:
        Import.objects.filter(pk=imported.pk).update(emptied_at=at)
    return True


def _locked(import_id: int, actor: User, states: Sequence[str]) -> Import:
    refuse_others(actor)
    imported = imports_visible_to(actor).select_for_update(of=("self",)).get(pk=import_id)
    if imported.status not in states:
        raise StaleImport(
            _("This import has gone on in the meantime: %(status)s.")
            % {"status": imported.get_status_display().lower()}
        )
    return imported


def moment_of(imported: Import, at: datetime) -> datetime:
    """When its people did what the import says they did."""
    day: date | None = imported.happened_on
    return min(at, datetime(day.year, day.month, day.day, 12, tzinfo=at.tzinfo)) if day else at


def largest_file() -> int:
    return int(settings.IMPORT_MAX_BYTES)
