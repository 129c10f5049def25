from django.urls import URLPattern, URLResolver, path

from . import clocks, reminders

app_name = "sla-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("leads/<int:lead_id>/clocks", clocks.LeadClocks.as_view(), name="lead-clocks"),
    path("reminders", reminders.Reminders.as_view(), name="reminders"),
]
