from django.urls import URLPattern, URLResolver, path

from . import views
from .views import comparing, drafting, import_files, importing, notifications, person, scoring, search

app_name = "leads"
urlpatterns: list[URLPattern | URLResolver] = [
    path("forms/", views.forms, name="forms"),
    path("forms/new/", views.edit_form, name="new-form"),
    path("forms/preview/", views.preview, name="form-preview"),
    path("forms/<uuid:form_id>/", views.form, name="form"),
    path("forms/<uuid:form_id>/edit/", views.edit_form, name="edit-form"),
    path("forms/<uuid:form_id>/test/", views.try_page, name="try-form"),
    path("forms/<uuid:form_id>/submissions/", views.submissions, name="form-submissions"),
    path("inbox/", views.inbox, name="inbox"),
    path("scoring/", scoring.scoring, name="scoring"),
    path("scoring/progress/", scoring.progress, name="scoring-progress"),
    path("scoring/versions/", scoring.versions, name="scoring-versions"),
    path("scoring/drafts/", scoring.new_draft, name="scoring-new-draft"),
    path("scoring/<int:rule_set_id>/", scoring.version, name="scoring-version"),
    path("scoring/<int:rule_set_id>/note/", scoring.draft_note, name="scoring-note"),
    path("scoring/<int:rule_set_id>/discard/", scoring.discard, name="scoring-discard"),
    path("scoring/<int:rule_set_id>/compare/", comparing.comparison, name="scoring-compare"),
    path("scoring/<int:rule_set_id>/publish/", comparing.publish_draft, name="scoring-publish"),
    path("scoring/<int:rule_set_id>/again/", comparing.again, name="scoring-again"),
    path("scoring/<int:rule_set_id>/thresholds/", drafting.edit_thresholds, name="scoring-thresholds"),
    path(
        "scoring/<int:rule_set_id>/groups/new/<slug:dimension>/",
        drafting.edit_group,
        name="scoring-new-group",
    ),
    path("scoring/<int:rule_set_id>/groups/<int:group_id>/", drafting.edit_group, name="scoring-group"),
    path(
        "scoring/<int:rule_set_id>/groups/<int:group_id>/new/<slug:kind>/",
        drafting.edit_rule,
        name="scoring-new-rule",
    ),
    path("scoring/<int:rule_set_id>/rules/<int:rule_id>/", drafting.edit_rule, name="scoring-rule"),
    *(
        path(
            f"scoring/<int:rule_set_id>/{kind}s/<int:pk>/{what}/",
            drafting.act,
            {"kind": kind, "what": what},
            name=f"scoring-{kind}-{what}",
        )
        for kind in ("group", "rule")
        for what in ("remove", "up", "down")
    ),
    path("imports/", importing.import_list, name="imports"),
    path("imports/new/", importing.new_import, name="new-import"),
    path("imports/<int:import_id>/", importing.one_import, name="import"),
    path("imports/<int:import_id>/columns/", importing.columns, name="import-columns"),
    path("imports/<int:import_id>/preview/", importing.preview, name="import-preview"),
    path("imports/<int:import_id>/start/", importing.act, {"what": "start"}, name="start-import"),
    path("imports/<int:import_id>/cancel/", importing.act, {"what": "cancel"}, name="cancel-import"),
    path("imports/<int:import_id>/undo/", importing.act, {"what": "undo"}, name="undo-import"),
    path("imports/<int:import_id>/discard/", importing.act, {"what": "discard"}, name="discard-import"),
    path("imports/<int:import_id>/errors.csv", import_files.error_file, name="import-errors"),
    path("imports/<int:import_id>/report.csv", import_files.report_file, name="import-report"),
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
