from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from .views import passwords, people, settings, setup, teams, tokens
from .views.inviting import Invitation
from .views.profile import profile
from .views.signing_in import SignIn

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("invitation/<uidb64>/<token>/", Invitation.as_view(), name="invitation"),
    path("password/", passwords.ask, name="ask-password"),
    path("password/asked/", passwords.asked, name="password-asked"),
    path("password/change/", passwords.Change.as_view(), name="change-password"),
    path("password/<uidb64>/<token>/", passwords.Choose.as_view(), name="choose-password"),
    path("profile/", profile, name="profile"),
    path("settings/", settings.index, name="settings"),
    path("setup/", setup.setup, name="settings-setup"),
    path("setup/finish/", setup.finish, name="settings-setup-finish"),
    path("setup/steps/<slug:key>/", setup.tick, name="settings-setup-tick"),
    path("settings/audit/", settings.audit, name="settings-audit"),
    path("settings/people/", people.people, name="settings-people"),
    path("settings/people/new/", people.new_person, name="settings-person-new"),
    path("settings/people/line/", people.line, name="settings-line"),
    path("settings/people/<int:user_id>/", people.person, name="settings-person"),
    path("settings/people/<int:user_id>/return/", people.return_person, name="settings-person-return"),
    path("settings/people/<int:user_id>/invite/", people.invite_person, name="settings-person-invite"),
    path("settings/people/<int:user_id>/absences/", people.new_absence, name="settings-absence-new"),
    path("settings/absences/<int:absence_id>/remove/", people.end_absence, name="settings-absence-remove"),
    path("settings/teams/", teams.teams, name="settings-teams"),
    path("settings/teams/<int:team_id>/", teams.team, name="settings-team"),
    path("settings/tokens/", tokens.tokens, name="settings-tokens"),
    path("settings/tokens/<int:token_id>/revoke/", tokens.end_token, name="settings-token-revoke"),
]
