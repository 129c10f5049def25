from django.urls import URLPattern, URLResolver, path

from .activities import Activities
from .scores import LeadScore
from .submissions import FormSubmissions

app_name = "leads-api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("activities", Activities.as_view(), name="activities"),
    path("forms/<uuid:form_id>/submissions", FormSubmissions.as_view(), name="form-submissions"),
    path("leads/<int:lead_id>/score", LeadScore.as_view(), name="lead-score"),
]
