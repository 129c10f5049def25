from django.urls import URLPattern, URLResolver, path

from . import views
from .views import notifications, search

app_name = "leads"
urlpatterns: list[URLPattern | URLResolver] = [
    path("forms/", views.forms, name="forms"),
    path("forms/new/", views.edit_form, name="new-form"),
    path("forms/preview/", views.preview, name="form-preview"),
    path("forms/<uuid:form_id>/", views.form, name="form"),
    path("forms/<uuid:form_id>/edit/", views.edit_form, name="edit-form"),
    path("forms/<uuid:form_id>/test/", views.try_page, name="try-form"),
    path("inbox/", views.inbox, name="inbox"),
    path("search/", search.search, name="search"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/bell/", notifications.bell, name="bell"),
    path("notifications/read/", notifications.read_notifications, name="read-notifications"),
    path("notifications/<int:number>/", notifications.notification, name="notification"),
]
