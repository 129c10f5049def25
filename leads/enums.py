"""Words of the leads room: who they are and what they did."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dimension(models.TextChoices):
    """The three scores; source: the lead score of the agreement (fit, interest, intent)."""

    FIT = "fit", _("Fit")
    INTEREST = "interest", _("Interest")
    INTENT = "intent", _("Intent")


class ActivityKind(models.TextChoices):
    FORM = "form", _("Form submitted")
    PAGE_VIEW = "page_view", _("Page viewed")
    DOWNLOAD = "download", _("Content downloaded")
    WEBINAR = "webinar", _("Webinar attended")
    EMAIL_OPEN = "email_open", _("E-mail opened")
    EMAIL_CLICK = "email_click", _("Link in e-mail clicked")
    EMAIL_BOUNCE = "email_bounce", _("E-mail bounced")
    SOCIAL = "social", _("Social interaction")
    PRICE_SHEET = "price_sheet", _("Price sheet requested")
    DEMO_REQUEST = "demo_request", _("Demo requested")
    CONTACT_REQUEST = "contact_request", _("Contact requested")
    CALL = "call", _("Call")
    EMAIL_SENT = "email_sent", _("E-mail sent")
    MEETING = "meeting", _("Meeting")
    NOTE = "note", _("Note")
    IMPORT = "import", _("Imported")


CHOOSABLE_KINDS = tuple((kind.value, kind.label) for kind in ActivityKind if kind != ActivityKind.IMPORT)
"""What forms and scoring rules may mean: that somebody was imported never counts."""

CONTACT_KINDS = frozenset({ActivityKind.CALL, ActivityKind.EMAIL_SENT, ActivityKind.MEETING})
"""What counts as contact when a person logged it; the earliest stops the first-contact clock."""

MEANINGFUL_KINDS = frozenset(
    {
        ActivityKind.FORM,
        ActivityKind.DOWNLOAD,
        ActivityKind.WEBINAR,
        ActivityKind.EMAIL_CLICK,
        ActivityKind.SOCIAL,
        ActivityKind.PRICE_SHEET,
        ActivityKind.DEMO_REQUEST,
        ActivityKind.CONTACT_REQUEST,
        ActivityKind.MEETING,
    }
)
"""What makes a new name an engaged lead. An opened mail or a page view alone does not: both
are triggered by mail scanners and prefetching."""


class ActivitySource(models.TextChoices):
    FORM = "form", _("Landing-page form")
    API = "api", _("API")
    UI = "ui", _("Entered by a person")
    SYSTEM = "system", _("System")
    IMPORT = "import", _("Import")


class Outcome(models.TextChoices):
    """How a contact attempt ended."""

    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    LEFT_MESSAGE = "left_message", _("Left a message")
    WRONG_CONTACT = "wrong_contact", _("Wrong contact data")


class SubmissionStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    PROCESSED = "processed", _("Processed")
    FAILED = "failed", _("Failed, will be retried")
    QUARANTINED = "quarantined", _("Quarantined")
    REJECTED = "rejected", _("Rejected")


class RuleSetStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")


class RuleKind(models.TextChoices):
    FIELD = "field", _("Lead or company field")
    ACTIVITY = "activity", _("Activity")


class Operator(models.TextChoices):
    EQ = "eq", _("is")
    NE = "ne", _("is not")
    IN = "in", _("is one of")
    CONTAINS = "contains", _("contains")
    GTE = "gte", _("is at least")
    LT = "lt", _("is less than")
    FILLED = "filled", _("is filled in")
    EMPTY = "empty", _("is empty")


class Seniority(models.TextChoices):
    """Level of the contact; a CEO is not worth the same as an area director."""

    CHIEF = "chief", _("CEO or general manager")
    DIRECTOR = "director", _("Director")
    MANAGER = "manager", _("Manager")
    SPECIALIST = "specialist", _("Specialist")
    STUDENT = "student", _("Student")


class ScoreCause(models.TextChoices):
    CREATED = "created", _("Lead created")
    ACTIVITY = "activity", _("Activity recorded")
    EDITED = "edited", _("Lead edited")
    DECAY = "decay", _("Time passed")
    PUBLISHED = "published", _("New scoring rules")
    MERGED = "merged", _("Leads merged")


class ImportStatus(models.TextChoices):
    UPLOADED = "uploaded", _("Columns to be mapped")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, ready to run")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class ImportOutcome(models.TextChoices):
    """What a row does, or did, to the leads."""

    NEW = "new", _("New leads")
    FILLED = "filled", _("Known, blanks filled")
    KNOWN = "known", _("Known, unchanged")
    REPEATED = "repeated", _("Repeated in the file")
    FAILED = "failed", _("Not importable")


class ImportUndone(models.TextChoices):
    """What undoing an import did to the lead of a row."""

    REMOVED = "removed", _("Removed")
    EMPTIED = "emptied", _("Emptied again")
    KEPT = "kept", _("Kept")


IMPORTABLE = frozenset({ImportOutcome.NEW, ImportOutcome.FILLED, ImportOutcome.KNOWN})
"""Rows that an import carries out."""

IMPORT_WORKS = frozenset({ImportStatus.CHECKING, ImportStatus.RUNNING, ImportStatus.UNDOING})
"""States in which a job goes on with an import."""
