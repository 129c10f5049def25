from django.urls import URLPattern, URLResolver, path

from . import views

app_name = "sla"
urlpatterns: list[URLPattern | URLResolver] = [
    path("queue/", views.queue, name="queue"),
    path("leads/<int:pk>/clocks/", views.lead_clocks, name="lead-clocks"),
    path("reminders/", views.reminders, name="reminders"),
]
