from django.urls import URLPattern, URLResolver

app_name = "sla-api"
urlpatterns: list[URLPattern | URLResolver] = []
