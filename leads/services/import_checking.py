"""The dry run: what every row of an import would do. Nothing of a lead is written."""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from ..enums import ImportStatus
from ..models import Import, ImportRow
from ..selectors.imports import spec_of
from .import_plans import Plan, plain, plan_rows, store_plans


@transaction.atomic
def check_some(*, import_id: int, rows: int) -> bool:
    """Check the next ``rows`` rows; whether there may be more to do. False also when another process
    has it. What was checked stays when the process dies."""
    imported = claim(import_id, ImportStatus.CHECKING)
    if imported is None or imported.actor is None:
        return False
    found = next_rows(imported, rows)
    plans = plan_rows(imported=imported, spec=spec_of(imported), rows=found, actor=imported.actor, lock=False)
    for plan in plans:
        _note(plan)
    store_plans(plans)
    advance(imported, found, "counts", Counter(str(plan.outcome) for plan in plans))
    if len(found) < rows:
        imported.status = ImportStatus.CHECKED
    imported.save(update_fields=("last_number", "done", "counts", "status"))
    return len(found) == rows


def _note(plan: Plan) -> None:
    row = plan.row
    row.outcome, row.lead, row.filled, row.applied_at = plan.outcome, plan.lead, {}, None
    if plan.lead is not None and plan.fills:
        row.filled = {"lead": plan.blanks, "custom": plan.custom, "company": plain(plan.company_blanks)}


def claim(import_id: int, status: str) -> Import | None:
    """The import, locked, if it is in this state and nobody else works on it."""
    imports = Import.objects.select_for_update(skip_locked=True, of=("self",)).select_related("actor")
    return imports.filter(pk=import_id, status=status).first()


def next_rows(imported: Import, rows: int) -> list[ImportRow]:
    left = ImportRow.objects.filter(imported=imported, number__gt=imported.last_number)
    return list(left.order_by("number")[:rows])


def advance(imported: Import, rows: Sequence[ImportRow], name: str, counts: Counter[str]) -> None:
    """Note the place of the work and what came of it."""
    imported.done += len(rows)
    imported.last_number = rows[-1].number if rows else imported.last_number
    setattr(imported, name, dict(Counter(getattr(imported, name)) + counts))
