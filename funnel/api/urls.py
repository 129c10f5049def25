from django.urls import URLPattern, URLResolver

app_name = "funnel-api"
urlpatterns: list[URLPattern | URLResolver] = []
