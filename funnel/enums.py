"""Words of the funnel room: where a lead stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The seven stages; source: the funnel of the domain."""

    NEW_NAME = "new_name", _("New name")
    ENGAGED = "engaged", _("Engaged")
    TARGET = "target", _("Target")
    MQL = "mql", "MQL"
    SQL = "sql", "SQL"
    OPPORTUNITY = "opportunity", _("Opportunity")
    CUSTOMER = "customer", _("Customer")


STAGES: tuple[Stage, ...] = tuple(Stage)
RANK: dict[str, int] = {stage.value: place for place, stage in enumerate(STAGES)}
STAMPS: dict[str, str] = {
    stage.value: f"{'entered' if stage is Stage.NEW_NAME else stage.value}_at" for stage in STAGES
}
"""Column of ``Journey`` that holds when the stage was first reached in that journey."""


class Part(models.TextChoices):
    TOP = "top", _("Top of the funnel")
    MIDDLE = "middle", _("Middle of the funnel")
    BOTTOM = "bottom", _("Bottom of the funnel")


PART_OF: dict[str, Part] = {
    Stage.NEW_NAME: Part.TOP,
    Stage.ENGAGED: Part.TOP,
    Stage.TARGET: Part.TOP,
    Stage.MQL: Part.MIDDLE,
    Stage.SQL: Part.MIDDLE,
    Stage.OPPORTUNITY: Part.BOTTOM,
    Stage.CUSTOMER: Part.BOTTOM,
}


class Status(models.TextChoices):
    """State of a journey. Active and postponed are open; the others are closed with a reason."""

    ACTIVE = "active", _("Active")
    POSTPONED = "postponed", _("Postponed")
    RECYCLED = "recycled", _("Recycled")
    DISQUALIFIED = "disqualified", _("Disqualified")
    LOST = "lost", _("Lost")
    WON = "won", _("Won")


OPEN = frozenset({Status.ACTIVE, Status.POSTPONED})


class Move(models.TextChoices):
    """Everything that can happen to a journey; one service performs them all."""

    ENTER = "enter", _("Entered the funnel")
    ADVANCE = "advance", _("Advanced by score")
    HAND_OFF = "hand_off", _("Handed to sales")
    QUALIFY = "qualify", _("Accepted as SQL")
    CONVERT = "convert", _("Converted to opportunity")
    WIN = "win", _("Deal won")
    LOSE = "lose", _("Deal lost")
    POSTPONE = "postpone", _("Postponed")
    RESUME = "resume", _("Resumed")
    RECYCLE = "recycle", _("Returned to marketing")
    DISQUALIFY = "disqualify", _("Disqualified")


class Reason(models.TextChoices):
    """Why a lead left the straight way; asked for whenever it is recycled, postponed, lost…"""

    NOT_READY = "not_ready", _("Not ready to buy yet")
    NO_BUDGET = "no_budget", _("No budget")
    NO_AUTHORITY = "no_authority", _("Not the decision-maker")
    NO_NEED = "no_need", _("No need")
    WRONG_FIT = "wrong_fit", _("Does not match the ideal customer")
    UNREACHABLE = "unreachable", _("Could not be reached")
    TIMING = "timing", _("Wrong moment, later")
    COMPETITOR = "competitor", _("Chose a competitor")
    PRICE = "price", _("Too expensive")
    DUPLICATE = "duplicate", _("Duplicate")
    SPAM = "spam", _("Not a real person")
    NOT_DECIDED = "not_decided", _("Not decided in time")
    OTHER = "other", _("Other")


REASONS_OF_PEOPLE = tuple((one.value, one.label) for one in Reason if one != Reason.NOT_DECIDED)
"""What a person may say: that nobody decided in time only the engine knows."""


class OpportunityStatus(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Grouping(models.TextChoices):
    """What the funnel report is split by."""

    TOTAL = "total", _("All")
    SOURCE = "source", _("Source")
    LANDING_PAGE = "landing_page", _("Landing page")
    CAMPAIGN = "campaign", _("Campaign")


class Cube(models.TextChoices):
    """Which dimensions a rollup cell is for; ``selectors.rollup_sql.DIMENSIONS`` has them."""

    TOTAL = Grouping.TOTAL.value, _("All")
    SOURCE = Grouping.SOURCE.value, _("Source")
    LANDING_PAGE = Grouping.LANDING_PAGE.value, _("Landing page")
    CAMPAIGN = Grouping.CAMPAIGN.value, _("Campaign")
    OWNER = "owner", _("Owner")
    SOURCE_CAMPAIGN = "source_campaign", _("Source and campaign")
    SOURCE_PAGE = "source_page", _("Source and landing page")
    CAMPAIGN_PAGE = "campaign_page", _("Campaign and landing page")
    OWNER_SOURCE = "owner_source", _("Owner and source")
    OWNER_CAMPAIGN = "owner_campaign", _("Owner and campaign")
    OWNER_PAGE = "owner_page", _("Owner and landing page")


class Grain(models.TextChoices):
    """Length of the entry period that one rollup cell sums up."""

    ALL = "all", _("All time")
    QUARTER = "quarter", _("Quarter")
    MONTH = "month", _("Month")
    TEN = "ten", _("Ten days")
    DAY = "day", _("Day")


class Measure(models.TextChoices):
    """What a rollup cell counts; what ``part``, the codes and ``total`` mean follows from it.

    ``state``: journeys; code ``<furthest stage>:<status>:<reason>:<0|1 current>``.
    ``stay``: completed stays in the stage ``part``; code: bucket of ``rules.histogram``; total: seconds.
    ``win``: journeys won; code and total: whole days from MQL to won.
    ``deal``: won opportunities in the currency ``part``; no codes; total: amount.
    ``event``: what happened in the month ``period``, whenever the journey entered: it reached the stage
    ``part``, or came back (``recycled``); code: ``<day of the month>:<what more is told>``.
    """

    STATE = "state", _("State")
    STAY = "stay", _("Stay")
    WIN = "win", _("Days from MQL to won")
    DEAL = "deal", _("Won deal")
    EVENT = "event", _("Event of a day")


COHORT_MEASURES = (Measure.STATE, Measure.STAY, Measure.WIN, Measure.DEAL)
"""Those counted by the day of entry."""


class BulkAction(models.TextChoices):
    """What can be decided for many leads at once."""

    REASSIGN = "reassign", _("Give to somebody else")
    ROUTE = "route", _("Let routing distribute")
    HAND_OFF = Move.HAND_OFF.value, _("Hand to sales")
    RECYCLE = Move.RECYCLE.value, _("Return to marketing")
    DISQUALIFY = Move.DISQUALIFY.value, _("Disqualify")
    ENTER = Move.ENTER.value, _("Start over")
    CAMPAIGN = "campaign", _("Set the campaign")
    PERSONA = "persona", _("Set the buyer persona")
    TAKE_BACK = "take_back", _("Take back")
    """What an earlier job of the same person set; only its own page offers it."""


OWNER_ACTIONS = frozenset({BulkAction.REASSIGN, BulkAction.ROUTE})
"""What only leaders decide; their reason is free text."""

LABELS = frozenset({BulkAction.CAMPAIGN, BulkAction.PERSONA})
"""What marketing says about leads without moving them."""

BULK_NEEDS: dict[str, tuple[str, ...]] = {
    BulkAction.REASSIGN: ("to_user_id", "reason"),
    BulkAction.ROUTE: ("reason",),
    BulkAction.HAND_OFF: ("note",),
    BulkAction.RECYCLE: ("reason", "note"),
    BulkAction.DISQUALIFY: ("reason", "note"),
    BulkAction.ENTER: ("note",),
    BulkAction.CAMPAIGN: ("campaign_id",),
    BulkAction.PERSONA: ("persona_id",),
}
"""What the person is asked for, by action."""


class ReturnAction(models.TextChoices):
    """What marketing does with a lead that sales gave back."""

    NURTURE = "nurture", _("Nurture in a campaign")
    LEAVE = "leave", _("Leave as it is")
    HAND_OFF = Move.HAND_OFF.value, _("Hand to sales again")
    DISQUALIFY = Move.DISQUALIFY.value, _("Disqualify")


RETURN_MOVES = frozenset({ReturnAction.HAND_OFF, ReturnAction.DISQUALIFY})
"""Decisions that also move the lead's present journey, by the one service that moves."""
