from django.urls import URLPattern, URLResolver, path

from . import agreements, clocks, disputes, reminders

app_name = "sla-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("leads/<int:lead_id>/clocks", clocks.LeadClocks.as_view(), name="lead-clocks"),
    path("leads/<int:lead_id>/disputes", disputes.LeadDisputes.as_view(), name="lead-disputes"),
    path("disputes", disputes.Disputes.as_view(), name="disputes"),
    path("agreements", agreements.Agreements.as_view(), name="agreements"),
    path("agreements/<int:agreement_id>", agreements.OneAgreement.as_view(), name="agreement"),
    path("reminders", reminders.Reminders.as_view(), name="reminders"),
]
