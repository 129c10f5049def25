from datetime import UTC

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from ..enums import Seniority
from ..rules.folding import FROM, KEPT_TO, TO
from .campaign import Campaign
from .company import Company
from .persona import Persona

BREAKS = "@._-+/"
"""Where words end, beside spaces: "ana.garcia@acme.com" is found by ana, garcia and acme."""


def _words(to: str) -> models.Func:
    letters = f"'{BREAKS}{FROM}', '{' ' * len(BREAKS)}{to}'"
    return models.Func(
        "email",
        "first_name",
        "last_name",
        "company_name",
        # In the order of the alphabet, as a migration writes them: else each looks like a new index.
        arg_joiner=" || ' ' || ",
        output_field=SearchVectorField(),
        template=f"to_tsvector('simple', translate(%(expressions)s, {letters}))",
    )


WORDS = _words(TO)
"""What a search looks into, as words without accents."""

OWN_WORDS = _words(KEPT_TO)
"""The same with letters of their own (ñ) as they are; no index has it."""


def phone_end(field: str) -> Right:
    """The last nine digits: spellings of one number share them, with or without the country."""
    digits = Func(field, Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    return Right(digits, 9, output_field=models.TextField())


class LeadQuerySet(models.QuerySet["Lead"]):
    def current(self) -> "LeadQuerySet":
        """Leads that count: a duplicate merged into another stays as a tombstone and does not."""
        return self.filter(merged_into=None)

    def score_due(self, at: object) -> "LeadQuerySet":
        """Leads whose interest or intent has decayed by ``at``."""
        return self.current().filter(score_due_at__lte=at)


class Lead(models.Model):
    """Anyone in the funnel, whatever the stage (where they stand is ``funnel.Journey``).

    Scores, owner and touches are written by services only. ``email_key`` is the normalised
    address that identity is matched on; a merged lead keeps its key as a tombstone so that a
    later submission still finds its survivor through ``merged_into``.
    """

    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, null=True, unique=True, editable=False)
    external_id = models.CharField(_("external id"), max_length=120, null=True, blank=True, unique=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=160, blank=True)
    seniority = models.CharField(_("seniority"), max_length=16, choices=Seniority.choices, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166-1 code"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    company = models.ForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("company")
    )
    company_name = models.CharField(_("company as given"), max_length=200, blank=True)
    budget = models.CharField(_("budget"), max_length=120, blank=True)
    need = models.CharField(_("need"), max_length=500, blank=True)
    timeline = models.CharField(_("timeline"), max_length=120, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    persona = models.ForeignKey(
        Persona,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("buyer persona"),
        db_index=False,
    )
    persona_fixed = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="A person chose it; rules leave it."
    )

    source = models.CharField(_("source"), max_length=120, blank=True)
    landing_page = models.CharField(_("landing page"), max_length=500, blank=True)
    campaign = models.ForeignKey(
        Campaign,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("campaign"),
        db_index=False,
    )
    first_touch = models.JSONField(_("first touch"), default=dict, blank=True)
    last_touch = models.JSONField(_("last touch"), default=dict, blank=True)
    consent_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    consent_version = models.CharField(_("consent version"), max_length=32, blank=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_leads",
        verbose_name=_("owner"),
        db_index=False,
    )
    fit = models.SmallIntegerField(_("fit"), default=0)
    interest = models.SmallIntegerField(_("interest"), default=0)
    intent = models.SmallIntegerField(_("intent"), default=0)
    grade = models.CharField(_("grade"), max_length=2, blank=True)
    rule_set = models.ForeignKey("leads.RuleSet", models.PROTECT, null=True, related_name="+", editable=False)
    scored_at = models.DateTimeField(_("scored"), null=True, editable=False)
    score_due_at = models.DateTimeField(null=True, editable=False)
    score_error = models.CharField(_("scoring failed"), max_length=200, blank=True, editable=False)
    engaged_at = models.DateTimeField(_("first meaningful interaction"), null=True, editable=False)
    last_meaningful_at = models.DateTimeField(_("last meaningful interaction"), null=True, editable=False)

    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_leads",
        editable=False,
        db_index=False,
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="lead_newest"),
            models.Index(fields=("owner", "-created_at"), name="lead_owner_newest"),
            *(
                models.Index(
                    fields=(field, "-created_at", "-id"),
                    condition=~Q(**{field: ""}),
                    name=f"lead_{field}_newest",
                )
                for field in ("source", "landing_page", "grade")
            ),
            *(
                models.Index(
                    fields=(field,), condition=Q(**{f"{field}__isnull": False}), name=f"lead_{field}"
                )
                for field in ("persona", "campaign")
            ),
            models.Index(phone_end("phone"), condition=~Q(phone=""), name="lead_phone_end"),
            models.Index(
                fields=("score_due_at",), condition=Q(score_due_at__isnull=False), name="lead_score_due"
            ),
            models.Index(
                fields=("merged_into",), condition=Q(merged_into__isnull=False), name="lead_merged_into"
            ),
            GinIndex(WORDS, name="lead_words"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="lead_not_merged_into_itself"
            ),
        )

    def __str__(self) -> str:
        name = f"{self.first_name} {self.last_name}".strip()
        return name or self.email or self.external_id or f"#{self.pk}"

    @property
    def version(self) -> str:
        """Grows with every change of the lead's fields; what a client saw, it sends back."""
        return f"{self.updated_at.astimezone(UTC):%Y%m%d%H%M%S%f}"
