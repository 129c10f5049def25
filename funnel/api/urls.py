from django.urls import URLPattern, URLResolver, path

from . import report

app_name = "funnel-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("funnel", report.Funnel.as_view(), name="funnel"),
    path("funnel/journeys", report.FunnelJourneys.as_view(), name="funnel-journeys"),
]
