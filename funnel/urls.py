from django.urls import URLPattern, URLResolver, path

from . import views

app_name = "funnel"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("funnel/", views.report, name="report"),
    path("leads/", views.leads, name="leads"),
    path("leads/<int:pk>/", views.lead, name="lead"),
]
