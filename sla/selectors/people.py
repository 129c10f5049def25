"""Everybody the rules of escalation may name; a small table, read once per round."""

from smarketing.accounts.models import User

from ..rules.recipients import People, Person


def people() -> People:
    rows = User.objects.order_by("id").values_list("id", "role", "team__side", "reports_to_id", "is_active")
    return {row[0]: Person(row[0], row[1], row[2] or "", row[3], row[4]) for row in rows}
