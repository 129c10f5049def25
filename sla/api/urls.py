from django.urls import URLPattern, URLResolver, path

from . import clocks, disputes, reminders

app_name = "sla-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("leads/<int:lead_id>/clocks", clocks.LeadClocks.as_view(), name="lead-clocks"),
    path("leads/<int:lead_id>/disputes", disputes.LeadDisputes.as_view(), name="lead-disputes"),
    path("disputes", disputes.Disputes.as_view(), name="disputes"),
    path("reminders", reminders.Reminders.as_view(), name="reminders"),
]
