from django.urls import URLPattern, URLResolver, path

from . import views
from .views import dealing, leaving, opportunities, personas, recycled, routing

app_name = "funnel"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("funnel/", views.report, name="report"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.edit_campaign, name="new-campaign"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/edit/", views.edit_campaign, name="edit-campaign"),
    path("personas/", personas.personas, name="personas"),
    path("personas/new/", personas.edit_persona, name="new-persona"),
    path("personas/<int:persona_id>/", personas.persona, name="persona"),
    path("personas/<int:persona_id>/edit/", personas.edit_persona, name="edit-persona"),
    path("personas/<int:persona_id>/active/", personas.switch_persona, name="switch-persona"),
    path("targets/", views.targets, name="targets"),
    path("leads/", views.list_leads, name="leads"),
    path("leads/board/", views.board, name="board"),
    path("leads/board/<int:journey_id>/", views.places, name="places"),
    path("leads/board/<int:journey_id>/<slug:move>/", views.move, name="move"),
    path("leads/export.csv", views.export, {"kind": "csv"}, name="leads-csv"),
    path("leads/export.xlsx", views.export, {"kind": "xlsx"}, name="leads-xlsx"),
    path("leads/columns/", views.choose_columns, name="columns"),
    path("leads/views/", views.save_view, name="save-view"),
    path("leads/views/<int:view_id>/", views.change_view, name="change-view"),
    path("leads/bulk/", views.bulk, name="bulk"),
    path("leads/bulk/<int:job_id>/", views.bulk_job, name="bulk-job"),
    path("leads/bulk/<int:job_id>/cancel/", views.cancel_bulk_job, name="cancel-bulk-job"),
    path("leads/bulk/<int:job_id>/take-back/", views.take_back_bulk_job, name="take-back-bulk-job"),
    path("recycled/", recycled.recycled, name="recycled"),
    path("recycled/export.csv", recycled.recycled_csv, name="recycled-csv"),
    path("recycled/<int:change_id>/", recycled.decide, name="decide-return"),
    path("opportunities/", opportunities.opportunities, name="opportunities"),
    path("opportunities/<int:opportunity_id>/edit/", dealing.edit_opportunity, name="edit-opportunity"),
    path("leads/<int:pk>/", views.lead, name="lead"),
    path("settings/people/<int:user_id>/leaving/", leaving.leaving, name="settings-leaving"),
    path("settings/routing/", routing.rules, name="settings-routing"),
    path("settings/routing/new/", routing.new_rule, name="settings-rule-new"),
    path("settings/routing/test/", routing.test, name="settings-routing-test"),
    path("settings/routing/<int:rule_id>/", routing.rule, name="settings-rule"),
]
