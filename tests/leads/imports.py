"""Small files of leads for the import tests."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from openpyxl import Workbook

from leads.models import Import, ImportRow
from leads.rules.importing import CUSTOM
from leads.services.import_checking import check_some
from leads.services.import_running import run_some
from leads.services.import_undoing import undo_some
from leads.services.imports import begin_undo, set_columns, start, upload
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import NOW

FAIR = "E-mail,Nombre,Apellidos,Empresa,Cargo,Size\nana@acme.example,Ana,García,Acme,CEO,big\n"
LATER = NOW + timedelta(hours=1)
NOTHING: dict[str, Any] = {
    "source": "",
    "campaign": None,
    "activity_kind": "",
    "asset": "",
    "happened_on": None,
    "hand_off": False,
}


def marketer() -> User:
    return User.objects.filter(role=Role.MARKETER).first() or make_user(role=Role.MARKETER)


def uploaded(content: str | bytes, *, name: str = "fair.csv", actor: User | None = None) -> Import:
    raw = content if isinstance(content, bytes) else content.encode()
    return upload(file=io.BytesIO(raw), name=name, key=uuid4(), actor=actor or marketer(), at=NOW)


def checked(
    content: str | bytes, *, actor: User | None = None, columns: Sequence[str] | None = None, **options: Any
) -> Import:
    """Uploaded, mapped as guessed (what was not is a custom field) and checked."""
    imported = uploaded(content, actor=actor)
    chosen = columns or [target or CUSTOM for target in imported.columns]
    actor = actor or marketer()
    set_columns(import_id=imported.pk, columns=chosen, options=NOTHING | options, actor=actor, at=NOW)
    while check_some(import_id=imported.pk, rows=2):
        pass
    imported.refresh_from_db()
    return imported


def ran(content: str | bytes, *, actor: User | None = None, at: datetime = NOW, **options: Any) -> Import:
    imported = checked(content, actor=actor, **options)
    start(import_id=imported.pk, version=imported.version, actor=actor or marketer(), at=at)
    while run_some(import_id=imported.pk, at=at, rows=2):
        pass
    imported.refresh_from_db()
    return imported


def undo(imported: Import, *, at: datetime = LATER) -> Import:
    begin_undo(import_id=imported.pk, actor=marketer(), at=at)
    while undo_some(import_id=imported.pk, at=at, rows=2):
        pass
    imported.refresh_from_db()
    return imported


def outcomes(imported: Import) -> list[str]:
    rows = ImportRow.objects.filter(imported=imported).order_by("number")
    return list(rows.values_list("outcome", flat=True))


def reasons(imported: Import) -> list[tuple[int, str]]:
    """Line and column of every problem."""
    rows = ImportRow.objects.filter(imported=imported).order_by("number")
    return [(row.number, problem["column"]) for row in rows for problem in row.problems]


def workbook(*rows: Sequence[Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    book.save(file)
    return file.getvalue()
