"""Words of the sla room: what was promised and whether it was kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ClockKind(models.TextChoices):
    FIRST_CONTACT = "first_contact", _("First contact")
    DECISION = "decision", _("Seven days to decide")
    AE_DECISION = "ae_decision", _("The AE's week")


class ClockState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Kept")
    BREACHED = "breached", _("Missed")
    MET_LATE = "met_late", _("Kept late")
    CANCELLED = "cancelled", _("Cancelled")


TICKING = frozenset({ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED})
"""States in which a clock may still wait for somebody; it does as long as ``ended_at`` is empty."""


class Urgency(models.TextChoices):
    """How pressing a ticking clock is at a moment; colour and word of the queue."""

    LATE = "late", _("Missed")
    SOON = "soon", _("Due soon")
    ON_TIME = "on_time", _("On time")
    PAUSED = "paused", _("Postponed")


class Outcome(models.TextChoices):
    """What became of a promise, as the reports count it."""

    KEPT = "kept", _("In time")
    LATE = "late", _("Late")
    MISSED = "missed", _("Not done")
    OPEN = "open", _("Still open")


class Horizon(models.TextChoices):
    """What a sales forecast of a day is about."""

    MONTH = "month", _("This month")
    THREE = "three", _("This month and the two after it")


class Per(models.TextChoices):
    """The stretch of time in which a promise is measured."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


class SplitBy(models.TextChoices):
    """By what the numbers of a promise are split."""

    TEAM = "team", _("Team")
    REP = "rep", _("Rep")
    SOURCE = "source", _("Source")


class Standing(models.TextChoices):
    """How a promise stands in a stretch of time. It is broken once that is over; until then it may be behind
    pace."""

    KEPT = "kept", _("Kept")
    MISSED = "missed", _("Missed")
    BEHIND = "behind", _("Behind pace")
    OPEN = "open", _("Still open")
    NOTHING = "nothing", _("Nothing to judge yet")


class TimeBase(models.TextChoices):
    """Days and hours on one clock are both working time, or both wall time, never mixed."""

    WORKING = "working", _("Working time")
    WALL = "wall", _("Calendar time")


class Recipient(models.TextChoices):
    REP = "rep", _("Rep")
    BOSS = "boss", _("Rep's boss")
    CEO = "ceo", _("CEO")
    MARKETING = "marketing", _("Marketing")


class ReminderState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("No longer needed")
    DEAD = "dead", _("Could not be delivered")


class SkipReason(models.TextChoices):
    """Why a reminder that came due told nobody; kept in ``Reminder.error``."""

    CLOCK_ENDED = "clock_ended", _("The promise had already ended")
    CONTACTED = "contacted", _("The lead had already been contacted")
    JOURNEY_CLOSED = "journey_closed", _("The lead is no longer being worked")
    OWNER_CHANGED = "owner_changed", _("The lead has a new owner, with a clock of their own")
    MERGED = "merged", _("The lead was merged into another")


class MailKind(models.TextChoices):
    REMINDER = "reminder", _("Reminder")
    DIGEST = "digest", _("Several reminders")
    RECYCLED = "recycled", _("Lead recycled")
    UNASSIGNED = "unassigned", _("Nobody eligible")
    UNDELIVERABLE = "undeliverable", _("Reminder could not be delivered")
    PASSWORD = "password", _("Link for a new password")
    WEEKLY = "weekly", _("Weekly mail")
    AGREEMENT = "agreement", _("News of an agreement")
    DISPUTED = "disputed", _("A dispute to decide")
    JUDGED = "judged", _("A dispute was decided")
    DELIVERED = "delivered", _("Delivered against plan")
    NOT_ON_IT = "not_on_it", _("Don't be on it")
    REVIEW = "review", _("Invitation to a review")
    TODO = "todo", _("A decision waits to be carried out")


REPORTS = (MailKind.DELIVERED, MailKind.NOT_ON_IT, MailKind.WEEKLY)
"""Mails that come by the clock, each of which an administrator or a head sets up."""
ALONE = (MailKind.PASSWORD, MailKind.AGREEMENT, MailKind.REVIEW, *REPORTS)
"""Mails that nothing joins: they say one thing of their own."""


class DisputeKind(models.TextChoices):
    """What one side holds against the other about one lead."""

    NO_MQL = "no_mql", _("This was no MQL")
    UNFAIR_RETURN = "unfair_return", _("This return was not fair")


class DisputeState(models.TextChoices):
    OPEN = "open", _("Waits for the mediator")
    UPHELD = "upheld", _("Upheld")
    REFUSED = "refused", pgettext_lazy("dispute", "Refused")


class ReviewState(models.TextChoices):
    """By what the list of reviews is narrowed."""

    TO_COME = "to_come", _("To come")
    HELD = "held", _("Held")
    TO_DO = "to_do", _("With open decisions")


class Verdict(models.TextChoices):
    """What sales made of a lead that was handed over, as the feedback counts it."""

    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned")
    LOST = "lost", _("Lost")
    UNDECIDED = "undecided", _("Not decided by a person")


class Feature(models.TextChoices):
    """By what leads are told apart when their feedback is compared."""

    PERSONA = "persona", _("Buyer persona")
    SOURCE = "source", _("Source")
    FORM = "form", _("Form")
    REP = "rep", _("Rep")
    COUNTRY = "country", _("Country")
    SENIORITY = "seniority", _("Level")
    SIZE = "size", _("Company size")


WORTH_BY = (Feature.SENIORITY, Feature.PERSONA, Feature.SIZE)
"""By what a plan tells dear leads from cheap ones."""


class Size(models.TextChoices):
    """Company size; the agreed ideal customer begins at 200 employees."""

    SMALL = "small", _("under 200 employees")
    MIDDLE = "middle", _("200 to 999 employees")
    LARGE = "large", _("1,000 employees or more")


class Fit(models.TextChoices):
    """How many leads a plan gives people, against how many they can work."""

    RIGHT = "right", _("Fits")
    MANY = "many", _("Too many leads")
    FEW = "few", _("Too few leads")
    NOBODY = "nobody", _("Nobody works them")


class Audience(models.TextChoices):
    """Who gets a report, by what they do."""

    MARKETING = "marketing", _("Marketers and marketing's managers")
    SALES = "sales", _("Reps and sales' managers")
    HEADS = "heads", _("Managers who report to no other manager: the heads of both teams")
    EXECUTIVES = "executives", _("Executives (CEO)")
    ADMINS = "admins", _("Administrators")


class ReportPart(models.TextChoices):
    """What a report may tell."""

    PLAN = "plan", _("Delivered against plan, and how the month will end at this rate")
    SOURCES = "sources", _("Delivered by source")
    VERDICTS = "verdicts", _("What sales accepted and gave back")
    NOT_CONTACTED = "not_contacted", _("Leads not contacted in time since the last mail")
    FEW_ATTEMPTS = "few_attempts", _("Leads given up, or two weeks old, under the agreed attempts")
    BY_REP = "by_rep", _("How many each rep has on the list")
    ESCALATED = "escalated", _("What escalated to the CEO")
    PROMISES = "promises", _("Both promises: the week before, and this month until now")


PARTS_OF = {
    MailKind.DELIVERED: (ReportPart.PLAN, ReportPart.SOURCES, ReportPart.VERDICTS),
    MailKind.NOT_ON_IT: (ReportPart.NOT_CONTACTED, ReportPart.FEW_ATTEMPTS, ReportPart.BY_REP),
    MailKind.WEEKLY: (ReportPart.ESCALATED, ReportPart.PROMISES),
}


class MailState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("No longer needed")
    DEAD = "dead", _("Could not be delivered")


class ActionKind(models.TextChoices):
    """What can be done about a lead from the queue; values as the rooms below name them."""

    CALL = "call", _("Call logged")
    EMAIL = "email_sent", _("E-mail logged")
    MEETING = "meeting", _("Meeting logged")
    QUALIFY = "qualify", _("Accepted as SQL")
    CONVERT = "convert", _("Converted to opportunity")
    POSTPONE = "postpone", _("Postponed")
    RESUME = "resume", _("Resumed")
    RECYCLE = "recycle", _("Returned to marketing")
    DISQUALIFY = "disqualify", _("Disqualified")
    REASSIGN = "reassign", _("Given to somebody else")
    WIN = "win", _("Deal won")
    LOSE = "lose", _("Deal lost")


CONTACTS = frozenset({ActionKind.CALL, ActionKind.EMAIL, ActionKind.MEETING})


class AgreementStatus(models.TextChoices):
    """Where an agreement stands on a day; derived from its stamps and dates, never stored."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    SIGNED = "signed", _("Signed")
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded")
    ENDED = "ended", _("Over")


class PromiseKind(models.TextChoices):
    """What one promise is measured in; source: the domain's two promises."""

    MQLS = "mqls", _("MQLs per month")
    MQL_VALUE = "mql_value", _("Value of MQLs per month")
    FIRST_CONTACT = "first_contact", _("First contact in time")
    ATTEMPTS = "attempts", _("Attempts per lead before giving up")
    DECISION = "decision", _("Decision in time")
    AE_DECISION = "ae_decision", _("The AE's decision in time")
    ACCEPTED_SHARE = "accepted_share", _("Share of MQLs accepted by sales")


class ReviewEvery(models.TextChoices):
    """How often both teams sit down with the numbers."""

    WEEK = "week", _("every week")
    FORTNIGHT = "fortnight", _("every two weeks")
    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every quarter")


class AgreedPart(models.TextChoices):
    """What an agreement in force sets in the product."""

    TARGETS = "targets", _("Monthly targets")
    POLICIES = "policies", _("Deadlines and attempts")
    SCORING = "scoring", _("Scoring")


class AgreementNews(models.TextChoices):
    """What a mail about an agreement tells."""

    SIGN = "sign", _("Please sign")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SIGNED = "signed", _("Signed by both sides")
