from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from .views import SignIn

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
]
