from django.urls import URLPattern, URLResolver, path

from .views import Me

app_name = "accounts-api"
urlpatterns: list[URLPattern | URLResolver] = [path("me", Me.as_view(), name="me")]
