"""Files of leads that somebody imports in the browser."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.rules.messages import Message, recalled

from ..enums import IMPORT_WORKS, ActivityKind, ImportOutcome, ImportStatus, ImportUndone
from ..rules.importing import Fault
from .campaign import Campaign
from .lead import Lead


class Import(models.Model):
    """One uploaded file and what is done with it; its rows are ``ImportRow``.

    The file itself is not kept: its cells are, so that a job can go on anywhere, and nobody can fetch
    it by an address. ``key`` makes a double submit one import. ``columns``: a target of
    ``rules.importing`` for each name of ``header``. ``counts``: rows by ``ImportOutcome`` as checked;
    ``results``: as carried out; ``undone``: by ``ImportUndone``. ``last_number`` and ``done`` are the
    place of the work that goes on now; ``version`` counts the mappings, so that nobody starts what
    they have not seen.
    """

    key = models.UUIDField(unique=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file")
    details = models.JSONField(default=dict, help_text="How it was read: encoding, delimiter, sheet.")
    header = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("rows"), default=0)
    status = models.CharField(
        _("status"), max_length=12, choices=ImportStatus.choices, default=ImportStatus.UPLOADED
    )
    version = models.PositiveIntegerField(default=0)

    columns = models.JSONField(default=list)
    source = models.CharField(_("source"), max_length=120, blank=True)
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    activity_kind = models.CharField(
        _("what they did"), max_length=24, choices=ActivityKind.choices, blank=True
    )
    asset = models.CharField(_("asset"), max_length=200, blank=True)
    happened_on = models.DateField(_("on"), null=True, blank=True)
    hand_off = models.BooleanField(_("hand off at once"), default=False)

    last_number = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    undone = models.JSONField(default=dict)

    uploaded_at = models.DateTimeField(_("uploaded"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True, help_text="Its rows were deleted.")

    class Meta:
        ordering = ("-uploaded_at", "-id")
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = (
            models.Index(fields=("id",), condition=Q(status__in=sorted(IMPORT_WORKS)), name="import_at_work"),
        )

    def __str__(self) -> str:
        return self.file_name

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    @property
    def tally(self) -> dict[str, int]:
        """Rows by outcome: as carried out, before that as checked; every outcome is there."""
        found = self.counts if self.started_at is None else self.results
        return {outcome.value: int(found.get(outcome.value, 0)) for outcome in ImportOutcome}

    @property
    def left_out(self) -> int:
        return self.tally[ImportOutcome.FAILED] + self.tally[ImportOutcome.REPEATED]


class ImportRow(models.Model):
    """One row of an imported file, with what becomes of it.

    ``number`` is its line in the file. ``cells`` are the texts as they came; ``fault`` says why they
    cannot be read at all. ``problems``: list of ``{"column", "value", "why"}``. ``fault``, ``why`` and
    ``why_kept`` are messages, told in the language of whoever reads them; blank: there is none.
    ``email_key`` and ``external_id`` are what the lead is known by. ``filled``, what was written into a
    known lead:
    ``{"lead": {field: value}, "custom": {name: value}, "company": {field: value}}`` with the company's
    id as ``company_id``, ``company_made`` when it was new, and ``activity``, the id of what they did.
    ``applied_at`` is set when the row was carried out.
    """

    imported = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    fault = models.JSONField(default=str, blank=True)
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices, blank=True)
    problems = models.JSONField(default=list)
    email_key = models.CharField(max_length=254, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, related_name="+", db_index=False)
    filled = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)
    undone = models.CharField(max_length=8, choices=ImportUndone.choices, blank=True)
    why_kept = models.JSONField(default=str, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("imported", "number"), name="import_row_once"),)
        indexes = (
            models.Index(
                fields=("imported", "outcome", "number"), condition=~Q(outcome=""), name="import_row_outcome"
            ),
            models.Index(
                fields=("imported", "email_key"), condition=~Q(email_key=""), name="import_row_email"
            ),
            models.Index(
                fields=("imported", "external_id"), condition=~Q(external_id=""), name="import_row_external"
            ),
            models.Index(fields=("lead",), condition=Q(lead__isnull=False), name="import_row_lead"),
        )

    def __str__(self) -> str:
        return f"{self.imported_id}:{self.number}"

    @property
    def faults(self) -> list[Fault]:
        """Its problems, for a reader."""
        return [Fault(one["column"], one["value"], recalled(one["why"])) for one in self.problems]

    @property
    def kept_because(self) -> Message:
        return recalled(self.why_kept)


class ImportMapping(models.Model):
    """A mapping that somebody named: offered again for files with the same set of columns.

    ``header_key`` is ``rules.importing.header_key``; ``columns``: {normal header: target}; ``options``:
    the further choices of the page, as its form takes them.
    """

    name = models.CharField(_("name"), max_length=80)
    header_key = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    used_at = models.DateTimeField(_("last used"))

    class Meta:
        ordering = ("-used_at", "-id")
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = (
            models.UniqueConstraint(fields=("header_key", "name"), name="import_mapping_name_once"),
        )

    def __str__(self) -> str:
        return self.name
