from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Campaign, Lead

from ..enums import OPEN, Move, Reason, Stage, Status


class JourneyQuerySet(models.QuerySet["Journey"]):
    def current(self) -> "JourneyQuerySet":
        return self.filter(is_current=True)

    def open(self) -> "JourneyQuerySet":
        return self.filter(status__in=OPEN)

    def unassigned(self) -> "JourneyQuerySet":
        """Handed off, but nobody was eligible."""
        return self.open().exclude(unassigned_since=None)

    def live(self) -> "JourneyQuerySet":
        """Not loaded from an export, or moved since: what promises are made for."""
        return self.filter(Q(imported_at=None) | Q(stage_since__gt=models.F("imported_at")))

    def resume_due(self, at: object) -> "JourneyQuerySet":
        return self.filter(status=Status.POSTPONED, resume_at__lte=at)


class Journey(models.Model):
    """One passage of a lead through the funnel. A recycled lead starts a new one.

    Each lead has exactly one current journey, so the sum of the funnel equals the leads and
    re-entries never count twice. ``<stage>_at`` columns say when a stage was first reached in
    this journey (a skipped stage gets the time of the jump); ``source``, ``landing_page`` and
    ``campaign`` are copied at entry so that reports never change after the fact.
    """

    lead = models.ForeignKey(
        Lead, models.CASCADE, related_name="journeys", verbose_name=_("lead"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("cycle"), default=1)
    is_current = models.BooleanField(default=True)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.NEW_NAME)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    stage_since = models.DateTimeField(_("in stage since"))
    resume_at = models.DateTimeField(_("resumes"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    unassigned_since = models.DateTimeField(_("unassigned since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Counts moves; stale tabs are told by it.")

    entered_at = models.DateTimeField(_("entered"))
    engaged_at = models.DateTimeField(_("engaged"), null=True, blank=True)
    target_at = models.DateTimeField(_("target"), null=True, blank=True)
    mql_at = models.DateTimeField(_("MQL (handed off)"), null=True, blank=True)
    sql_at = models.DateTimeField(_("SQL"), null=True, blank=True)
    opportunity_at = models.DateTimeField(_("opportunity"), null=True, blank=True)
    customer_at = models.DateTimeField(_("customer"), null=True, blank=True)
    imported_at = models.DateTimeField(
        _("loaded from an export"),
        null=True,
        blank=True,
        editable=False,
        help_text="Until it moves after that, nobody waits for it: no clock runs and nobody is told.",
    )

    source = models.CharField(_("source"), max_length=120, blank=True)
    landing_page = models.CharField(_("landing page"), max_length=500, blank=True)
    campaign = models.ForeignKey(
        Campaign,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="journeys",
        verbose_name=_("campaign"),
        db_index=False,
    )

    objects = JourneyQuerySet.as_manager()

    class Meta:
        ordering = ("-entered_at", "-id")
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        indexes = (
            models.Index(
                fields=("stage", "-stage_since", "-id"),
                condition=Q(is_current=True),
                name="journey_stage_newest",
            ),
            models.Index(fields=("resume_at",), condition=Q(status=Status.POSTPONED), name="journey_resume"),
            models.Index(
                fields=("unassigned_since",),
                condition=Q(unassigned_since__isnull=False),
                name="journey_unassigned",
            ),
            models.Index(
                fields=("status",),
                condition=Q(is_current=True) & ~Q(status=Status.ACTIVE),
                name="journey_rare_status",
            ),
            models.Index(fields=("-entered_at", "-id"), name="journey_newest"),
            models.Index(fields=("landing_page", "-entered_at"), name="journey_landing_page"),
            models.Index(fields=("campaign",), condition=Q(campaign__isnull=False), name="journey_campaign"),
            models.Index(
                fields=("closed_at",),
                include=("id", "mql_at", "reason"),
                condition=Q(status__in=(Status.RECYCLED, Status.DISQUALIFIED), mql_at__isnull=False),
                name="journey_given_up",
            ),
            # Of handed over leads and customers in a span, which the summaries below find only among the
            # other leads of their pages. A move writes all indexes anyway, because it changes the stage.
            # Which leads were handed over, and how many on which day, is read in the index alone.
            models.Index(
                fields=("mql_at",),
                include=("id", "lead", "stage"),
                condition=Q(mql_at__isnull=False),
                name="journey_handed_over",
            ),
            models.Index(fields=("customer_at",), condition=Q(customer_at__isnull=False), name="journey_won"),
            # Of those still waiting there, oldest first: the nightly list asks for all of two weeks and more.
            models.Index(
                fields=("mql_at",),
                include=("id", "lead"),
                condition=Q(is_current=True, stage=Stage.MQL, status=Status.ACTIVE),
                name="journey_waiting",
            ),
            # Summaries of page ranges: they cost a move next to nothing and, unlike a B-tree on a
            # column that moves change, keep its update on the same page (HOT).
            BrinIndex(
                fields=("engaged_at", "target_at", "mql_at", "sql_at", "opportunity_at", "customer_at"),
                name="journey_stamps",
                autosummarize=True,
                pages_per_range=32,
            ),
            BrinIndex(fields=("closed_at",), name="journey_closed", autosummarize=True, pages_per_range=32),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("lead",), condition=Q(is_current=True), name="journey_one_current"
            ),
            models.UniqueConstraint(fields=("lead", "number"), name="journey_number_once"),
            models.CheckConstraint(
                condition=Q(status=Status.POSTPONED, resume_at__isnull=False)
                | (~Q(status=Status.POSTPONED) & Q(resume_at__isnull=True)),
                name="journey_postponed_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN), closed_at__isnull=True)
                | (~Q(status__in=sorted(OPEN)) & Q(closed_at__isnull=False)),
                name="journey_closed_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.lead_id}#{self.number} {self.stage}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class StageChange(models.Model):
    """Append-only history: every move with actor, time, reason and the scores of that moment.

    ``seconds`` is the time spent in ``from_stage`` (wall seconds), kept so that reports need no
    window function. A jump over several stages writes one row for each stage passed.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="changes", db_index=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="stage_changes", db_index=False)
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        db_index=False,
    )
    move = models.CharField(_("move"), max_length=12, choices=Move.choices)
    from_stage = models.CharField(_("from"), max_length=12, choices=Stage.choices, blank=True)
    to_stage = models.CharField(_("to"), max_length=12, choices=Stage.choices)
    from_status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    to_status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    fit = models.SmallIntegerField(_("fit"), default=0)
    interest = models.SmallIntegerField(_("interest"), default=0)
    intent = models.SmallIntegerField(_("intent"), default=0)
    seconds = models.BigIntegerField(_("seconds in stage"), default=0)

    class Meta:
        ordering = ("at", "id")
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        indexes = (
            models.Index(fields=("lead", "-at"), name="stage_change_lead"),
            models.Index(fields=("journey", "id"), name="stage_change_journey"),
            models.Index(fields=("at",), name="stage_change_at"),
            models.Index(fields=("-at", "-id"), condition=Q(move=Move.RECYCLE), name="stage_change_returned"),
            models.Index(fields=("actor",), condition=Q(actor__isnull=False), name="stage_change_actor"),
        )

    def __str__(self) -> str:
        return f"{self.from_stage or '∅'} → {self.to_stage}"
