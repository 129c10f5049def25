from django.urls import URLPattern, URLResolver, path

from . import leads, report

app_name = "funnel-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("leads", leads.Leads.as_view(), name="leads"),
    path("leads/<int:lead_id>", leads.LeadDetail.as_view(), name="lead"),
    path("funnel", report.Funnel.as_view(), name="funnel"),
    path("funnel/journeys", report.FunnelJourneys.as_view(), name="funnel-journeys"),
]
