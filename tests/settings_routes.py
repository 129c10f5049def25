"""The settings pages: who may open which, by which methods."""

from smarketing.accounts.enums import Role

ADMIN = frozenset({Role.ADMIN})
LEADERS = frozenset({Role.ADMIN, Role.MANAGER})

SETTINGS: dict[str, tuple[frozenset[Role], set[str]]] = {
    "settings/": (LEADERS, {"get"}),
    "settings/audit/": (ADMIN, {"get"}),
    "settings/people/": (LEADERS, {"get"}),
    "settings/people/new/": (ADMIN, {"get", "post"}),
    "settings/people/line/": (LEADERS, {"get"}),
    "settings/people/<int:user_id>/": (LEADERS, {"get", "post"}),
    "settings/people/<int:user_id>/return/": (ADMIN, {"post"}),
    "settings/people/<int:user_id>/invite/": (ADMIN, {"post"}),
    "settings/people/<int:user_id>/absences/": (LEADERS, {"post"}),
    "settings/people/<int:user_id>/leaving/": (ADMIN, {"get", "post"}),
    "settings/absences/<int:absence_id>/remove/": (LEADERS, {"post"}),
    "settings/policies/": (frozenset(Role), {"get"}),
    "settings/policies/new/": (ADMIN, {"get", "post"}),
    "settings/policies/simulator/": (ADMIN, {"get"}),
    "settings/policies/<int:policy_id>/": (ADMIN, {"get", "post"}),
    "settings/calendars/": (ADMIN, {"get"}),
    "settings/calendars/new/": (ADMIN, {"get", "post"}),
    "settings/calendars/<int:calendar_id>/": (ADMIN, {"get", "post"}),
    "settings/calendars/<int:calendar_id>/holidays/": (ADMIN, {"get", "post"}),
    "settings/routing/": (ADMIN, {"get"}),
    "settings/routing/new/": (ADMIN, {"get", "post"}),
    "settings/routing/test/": (ADMIN, {"get"}),
    "settings/routing/<int:rule_id>/": (ADMIN, {"get", "post"}),
    "settings/reports/": (LEADERS, {"get"}),
    "settings/reports/<slug:kind>/": (LEADERS, {"get", "post"}),
    "settings/reports/<slug:kind>/preview/": (LEADERS, {"get"}),
    "settings/reports/<slug:kind>/test/": (LEADERS, {"post"}),
    "setup/finish/": (ADMIN, {"post"}),
    "setup/steps/<slug:key>/": (ADMIN, {"post"}),
    "settings/teams/": (ADMIN, {"get", "post"}),
    "settings/teams/<int:team_id>/": (ADMIN, {"get", "post"}),
    "settings/tokens/": (ADMIN, {"get", "post"}),
    "settings/tokens/<int:token_id>/revoke/": (ADMIN, {"post"}),
}
