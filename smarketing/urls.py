"""Every room's pages and API, put together."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from smarketing import health, openapi, styleguide

api: list[URLPattern | URLResolver] = [
    path("schema", openapi.schema, name="api-schema"),
    path("docs", openapi.docs, name="api-docs"),
    path("", include("smarketing.accounts.api.urls")),
    path("", include("leads.api.urls")),
    path("", include("funnel.api.urls")),
    path("", include("sla.api.urls")),
]

handler500 = "smarketing.outage.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("styleguide/", styleguide.page, name="styleguide"),
    path("api/v1/", include(api)),
    path("", include("smarketing.accounts.urls")),
    path("", include("leads.urls")),
    path("", include("funnel.urls")),
    path("", include("sla.urls")),
]
