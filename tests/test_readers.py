"""Executives read everything and write only how they look at it themselves."""

from smarketing.accounts.enums import Role

from .test_permissions import ROUTES, expected

OWN_THINGS = {
    "leads/columns/",
    "leads/views/",
    "leads/views/<int:view_id>/",
    "notifications/read/",
    "profile/",
    "password/change/",
    "api/v1/forms/<uuid:form_id>/submissions",
}
"""What an executive may write: how they look at the product. The last is open to everybody."""


def test_executives_write_only_what_is_theirs():
    writable = {
        route
        for route, rules in ROUTES.items()
        for method, rule in rules.items()
        if method != "get"
        and Role.EXECUTIVE in rule.roles
        and expected(route, method, rule, Role.EXECUTIVE, "other") not in (403, 404)
    }
    assert writable == OWN_THINGS
