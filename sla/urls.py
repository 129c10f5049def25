from django.urls import URLPattern, URLResolver, path

from . import views
from .enums import ActionKind
from .views import (
    agreeing,
    agreements,
    calendars,
    closed_loop,
    disputes,
    executive,
    feedback,
    forecast,
    measure,
    personas,
    plan,
    policies,
    report_mails,
    team,
)

ACTIONS = {
    "contact": "contact",
    "qualify": ActionKind.QUALIFY,
    "postpone": ActionKind.POSTPONE,
    "resume": ActionKind.RESUME,
    "return": ActionKind.RECYCLE,
    "disqualify": ActionKind.DISQUALIFY,
    "convert": ActionKind.CONVERT,
    "won": ActionKind.WIN,
    "lost": ActionKind.LOSE,
    "reassign": ActionKind.REASSIGN,
}
"""Address → what is done there; each is a page of its own and is named after it."""

app_name = "sla"
urlpatterns: list[URLPattern | URLResolver] = [
    path("queue/", views.queue, name="queue"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/personas/", personas.dashboard_personas, name="dashboard-personas"),
    path("dashboard/personas.csv", personas.personas_csv, name="dashboard-personas-csv"),
    path("dashboard/<slug:table>.csv", views.dashboard_csv, name="dashboard-csv"),
    path("dashboard/<slug:table>/", views.dashboard_part, name="dashboard-part"),
    path("leads/<int:pk>/clocks/", views.lead_clocks, name="lead-clocks"),
    *(
        path(f"leads/<int:pk>/{name}/", views.act, {"kind": str(kind)}, name=str(kind))
        for name, kind in ACTIONS.items()
    ),
    path("undo/<uuid:token>/", views.take_back, name="undo"),
    path("settings/policies/", policies.policies, name="settings-policies"),
    path("settings/policies/new/", policies.new_policy, name="settings-policy-new"),
    path("settings/policies/simulator/", policies.simulator, name="settings-simulator"),
    path("settings/policies/<int:policy_id>/", policies.policy, name="settings-policy"),
    path("settings/calendars/", calendars.calendars, name="settings-calendars"),
    path("settings/calendars/new/", calendars.new_calendar, name="settings-calendar-new"),
    path("settings/calendars/<int:calendar_id>/", calendars.calendar, name="settings-calendar"),
    path("settings/calendars/<int:calendar_id>/holidays/", calendars.holidays, name="settings-holidays"),
    path("settings/reports/", report_mails.report_list, name="settings-reports"),
    path("settings/reports/<slug:kind>/", report_mails.report, name="settings-report"),
    path("settings/reports/<slug:kind>/preview/", report_mails.preview, name="settings-report-preview"),
    path("settings/reports/<slug:kind>/test/", report_mails.try_report, name="settings-report-test"),
    path("agreement/", agreements.agreement_list, name="agreements"),
    path("agreement/new/", plan.new_agreement, name="agreement-new"),
    path("agreement/<int:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreement/<int:agreement_id>/plan/", plan.plan, name="plan"),
    path("agreement/<int:agreement_id>/terms/", agreements.terms, name="agreement-terms"),
    path("agreement/<int:agreement_id>/changes/", agreements.agreement_changes, name="agreement-changes"),
    path(
        "agreement/<int:agreement_id>/conflicts/", agreements.agreement_conflicts, name="agreement-conflicts"
    ),
    path("agreement/<int:agreement_id>/propose/", agreeing.propose, name="agreement-propose"),
    path("agreement/<int:agreement_id>/sign/", agreeing.sign, name="agreement-sign"),
    path("agreement/<int:agreement_id>/withdraw/", agreeing.withdraw, name="agreement-withdraw"),
    path("agreement/<int:agreement_id>/version/", agreeing.follow, name="agreement-version"),
    path("agreement/<int:agreement_id>/discard/", agreeing.discard, name="agreement-discard"),
    path("agreement/<int:agreement_id>/restore/<slug:part>/", agreeing.restore, name="agreement-restore"),
    path("agreement/now/", measure.measure_now, name="measure-now"),
    path("agreement/<int:agreement_id>/measure/", measure.measure, name="measure"),
    path("agreement/<int:agreement_id>/measure.csv", measure.measure_csv, name="measure-csv"),
    path(
        "agreement/<int:agreement_id>/measure/<int:promise_id>/", measure.measure_leads, name="measure-leads"
    ),
    path("promises/", views.promises, name="promises"),
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/leads/", feedback.feedback_leads, name="feedback-leads"),
    path("feedback/<slug:table>.csv", feedback.feedback_csv, name="feedback-csv"),
    path("disputes/", disputes.dispute_list, name="disputes"),
    path("disputes/<int:dispute_id>/", disputes.dispute, name="dispute"),
    path("leads/<int:pk>/dispute/", disputes.dispute_lead, name="dispute-lead"),
    path("leads/<int:pk>/disputes/", disputes.lead_disputes, name="lead-disputes"),
    path("executive/", executive.executive, name="executive"),
    path("closed-loop/", closed_loop.closed_loop, name="closed-loop"),
    path("closed-loop/export.csv", closed_loop.closed_loop_csv, name="closed-loop-csv"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("team/", team.team, name="team"),
    path("team/<int:user_id>/", team.member, name="team-member"),
    path("team/<int:user_id>/absence/", team.member_absence, name="team-absence"),
    path("team/<int:user_id>/pools/<int:member_id>/", team.member_pool, name="team-pool"),
    path("team/<int:user_id>/leads/", team.give_leads, name="team-give"),
    path("reminders/", views.reminders, name="reminders"),
]
