"""Who stands where now, from the sums instead of every journey: all leads, or those of some owners."""

import json
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.db import connection

from leads.selectors.visibility import owners_visible_to
from smarketing.accounts.models import User

from ..enums import Cube, Grain, Measure
from ..rules.report import Cell, States, Sums
from . import rollup_sql

_CELLS = f"""
SELECT key, n, counts FROM funnel_rollupcell
 WHERE cube = %(cube)s AND grain = '{Grain.ALL}' AND measure = '{Measure.STATE}' AND within = ''
   AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s))
"""


def states_visible_to(user: User) -> States:
    """Of all leads that this person may see."""
    owners = owners_visible_to(user)
    if owners is None:
        sums = _sums(Cube.TOTAL, None)
    else:
        sums = _sums(Cube.OWNER, [str(owner or "") for owner in owners])
    return States(Sums(cell for cells in sums.values() for cell in cells))


def states_by_owner(owners: Collection[int]) -> dict[int, States]:
    """Of the leads of each; who has none is left out. One statement."""
    found = _sums(Cube.OWNER, [str(owner) for owner in owners])
    return {int(key): States(Sums(cells)) for key, cells in found.items()}


def _sums(cube: Cube, keys: list[str] | None) -> dict[str, list[Cell]]:
    """Cells and what is not folded into them yet, in one statement: together they are always true."""
    key = rollup_sql.KEY_OF[rollup_sql.DIMENSIONS[cube][1]]
    facts = rollup_sql.facts(rollup_sql.TAIL.format(where="true"), [Measure.STATE])
    keyed = f"SELECT *, {key} AS key FROM {facts} AS facts"
    tail = rollup_sql.packed("key", f"({keyed}) AS keyed")
    shown = "%(keys)s::text[] IS NULL OR key = ANY(%(keys)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_CELLS} UNION ALL SELECT key, n, counts FROM ({tail}) AS tail WHERE {shown}",
            {"cube": cube.value, "keys": keys},
        )
        rows: list[tuple[str, int, str]] = cursor.fetchall()
    cells: dict[str, list[Cell]] = defaultdict(list)
    for owner, n, counts in rows:
        cells[owner].append(Cell(1, Measure.STATE, "", n, Decimal(), json.loads(counts)))
    return cells
