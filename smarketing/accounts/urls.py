from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from .views import settings
from .views.signing_in import SignIn

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("settings/", settings.index, name="settings"),
    path("settings/audit/", settings.audit, name="settings-audit"),
]
