from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "sign-in/",
        LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("sign-out/", LogoutView.as_view(), name="logout"),
]
