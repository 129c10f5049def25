"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.navigation import Entry, Group, Setting, SetupStep

from .selectors.setup import has_own_calendar

ENTRIES = (
    Entry(_("Queue"), "sla:queue", Group.WORK, "queue", order=10),
    Entry(
        _("Escalations"),
        "sla:executive",
        Group.WORK,
        "up",
        order=5,
        roles=frozenset({Role.EXECUTIVE, Role.ADMIN}),
    ),
    Entry(
        _("Dashboard"),
        "sla:dashboard",
        Group.RESULTS,
        "chart",
        order=10,
        also=frozenset({"sla:promises", "funnel:targets"}),
    ),
    Entry(
        _("Team"),
        "sla:team",
        Group.WORK,
        "person",
        order=40,
        roles=frozenset({Role.MANAGER, Role.ADMIN, Role.EXECUTIVE}),
        also=frozenset({"sla:team-member", "sla:team-give"}),
    ),
    Entry(
        _("How it is kept"),
        "sla:measure-now",
        Group.RESULTS,
        "check",
        order=15,
        also=frozenset({"sla:measure", "sla:measure-leads"}),
    ),
    Entry(
        _("Agreement"),
        "sla:agreements",
        Group.RESULTS,
        "document",
        order=20,
        also=frozenset(
            {
                "sla:agreement-new",
                "sla:plan",
                "sla:agreement",
                "sla:agreement-terms",
                "sla:agreement-changes",
            }
        ),
    ),
    Entry(_("Reviews"), "sla:reviews", Group.RESULTS, "calendar", order=30, also_prefix="review"),
    Entry(
        _("Feedback"),
        "sla:feedback",
        Group.RESULTS,
        "speech",
        order=35,
        roles=frozenset(Role) - REP_ROLES,
        also=frozenset({"sla:feedback-leads"}),
    ),
    Entry(_("Disputes"), "sla:disputes", Group.RESULTS, "alert", order=40, also=frozenset({"sla:dispute"})),
    Entry(_("What brings revenue"), "sla:closed-loop", Group.RESULTS, "coins", order=17),
    Entry(_("Forecast"), "sla:forecast", Group.RESULTS, "trend", order=15),
    Entry(_("Definitions"), "sla:definitions", Group.RESULTS, "book", order=50),
    Entry(_("Reminders"), "sla:reminders", Group.RESULTS, "clock", order=60),
)
SETTINGS = (
    Setting(
        _("Promises"),
        _("How long sales has, who is told when it is late, and an example of what would happen."),
        "sla:settings-policies",
        "clock",
        order=30,
        roles=frozenset({Role.ADMIN, Role.MANAGER}),
    ),
    Setting(
        _("Working calendars"),
        _("Hours, public holidays and the time zone in which working time is counted."),
        "sla:settings-calendars",
        "calendar",
        order=32,
    ),
    Setting(
        _("Reports by mail"),
        _("The nightly and the weekly mail: when, to whom, what they tell, and what would go out now."),
        "sla:settings-reports",
        "bell",
        order=34,
        roles=frozenset({Role.ADMIN, Role.MANAGER}),
    ),
)
SETUP = (
    SetupStep(
        "calendar",
        _("Set the working hours"),
        _("Time zone, hours and public holidays: promises count only the time in which you work."),
        "sla:settings-calendars",
        30,
        has_own_calendar,
    ),
)
