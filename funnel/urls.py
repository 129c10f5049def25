from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from . import views

app_name = "funnel"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="funnel:report"), name="start"),
    path("funnel/", views.report, name="report"),
    path("leads/", views.leads, name="leads"),
    path("leads/<int:pk>/", views.lead, name="lead"),
]
