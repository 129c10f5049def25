from django.urls import URLPattern, URLResolver, path

from . import views
from .views import notifications, person, search

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
    path("leads/<int:pk>/edit/", person.edit, name="edit-lead"),
    path("leads/<int:pk>/similar/", person.similar, name="similar"),
    path("leads/<int:pk>/merge/<int:other>/", person.merge, name="merge"),
    path("merges/<int:merge_id>/undo/", person.take_merge_back, name="undo-merge"),
]
