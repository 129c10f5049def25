"""Imports, their rows and remembered mappings, as pages read them."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import ImportOutcome, ImportUndone
from ..models import Campaign, Import, ImportMapping, ImportRow
from ..rules.importing import Spec, header_key

SEEING_ALL = frozenset({Role.MARKETER, Role.ADMIN})
SAMPLES = 5
SHOWN = 50


def imports_visible_to(user: User | AnonymousUser) -> "QuerySet[Import]":
    """Marketing and administrators see all; a manager, who does not see every lead, their own."""
    if not isinstance(user, User) or not user.is_active:
        return Import.objects.none()
    if user.role in SEEING_ALL:
        return Import.objects.all()
    return Import.objects.filter(actor=user) if user.role == Role.MANAGER else Import.objects.none()


def samples_of(imported: Import) -> list[ImportRow]:
    """The first rows that can be read."""
    return list(ImportRow.objects.filter(imported=imported, fault="").order_by("number")[:SAMPLES])


def mappings_for(imported: Import) -> "QuerySet[ImportMapping]":
    """Remembered for exactly this set of columns, the latest first."""
    return ImportMapping.objects.filter(header_key=header_key(imported.header)).order_by("-used_at", "-id")


def spec_of(
    imported: Import, *, columns: list[str] | None = None, options: Mapping[str, Any] | None = None
) -> Spec:
    """How its rows are read; with ``columns`` and ``options`` that are not stored yet, for a preview."""
    names: dict[str, int] = {}
    for pk, name, slug in Campaign.objects.order_by("-id").values_list("id", "name", "slug"):
        names[name.casefold()] = names[slug.casefold()] = pk
    chosen = options or {"source": imported.source, "campaign": imported.campaign_id}
    campaign = chosen.get("campaign")
    return Spec(
        header=imported.header,
        columns=imported.columns if columns is None else columns,
        campaigns=names,
        source=str(chosen.get("source") or ""),
        campaign=campaign.pk if isinstance(campaign, Campaign) else campaign,
    )


def earlier_of(imported: Import) -> Import | None:
    """An import of the very same file that was carried out, as far as this one's actor may know."""
    if imported.actor is None:
        return None
    same = imports_visible_to(imported.actor).filter(digest=imported.digest).exclude(pk=imported.pk)
    return same.exclude(started_at=None).filter(undone_at=None).first()


def faulty_rows(imported: Import) -> "QuerySet[ImportRow]":
    """What the error file holds: rows with problems, and those that repeat an earlier one."""
    left_out = (ImportOutcome.FAILED, ImportOutcome.REPEATED)
    return ImportRow.objects.filter(imported=imported, outcome__in=left_out).order_by("number")


def filling_rows(imported: Import) -> "QuerySet[ImportRow]":
    rows = ImportRow.objects.filter(imported=imported, outcome=ImportOutcome.FILLED)
    return rows.select_related("lead").order_by("number")


def kept_rows(imported: Import) -> "QuerySet[ImportRow]":
    """What undoing left as it was, because somebody had touched it."""
    rows = ImportRow.objects.filter(imported=imported, undone=ImportUndone.KEPT)
    return rows.select_related("lead").order_by("number")


def leads_of_import(import_id: int, outcome: str) -> "QuerySet[ImportRow, Any]":
    """Ids of the leads that rows with this outcome made or met; blank: of all."""
    wanted = Q(imported=import_id, applied_at__isnull=False, lead__isnull=False)
    if outcome:
        wanted &= Q(outcome=outcome)
    return ImportRow.objects.filter(wanted).values("lead")
