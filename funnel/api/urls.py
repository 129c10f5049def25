from django.urls import URLPattern, URLResolver, path

from . import leads, moves, report

app_name = "funnel-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("leads", leads.Leads.as_view(), name="leads"),
    path("leads/<int:lead_id>", leads.LeadDetail.as_view(), name="lead"),
    path("leads/<int:lead_id>/moves", moves.LeadMoves.as_view(), name="lead-moves"),
    path("leads/<int:lead_id>/timeline", moves.LeadTimeline.as_view(), name="lead-timeline"),
    path("opportunities", moves.Opportunities.as_view(), name="opportunities"),
    path("opportunities/<int:opportunity_id>", moves.OpportunityDetail.as_view(), name="opportunity"),
    path("funnel", report.Funnel.as_view(), name="funnel"),
    path("funnel/journeys", report.FunnelJourneys.as_view(), name="funnel-journeys"),
]
