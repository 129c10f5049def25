"""Who stands below whom."""

from django.db import connection

from ..models import User

BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM accounts_user WHERE reports_to_id = %s
    UNION
    SELECT person.id FROM accounts_user person JOIN below ON person.reports_to_id = below.id
)
SELECT id FROM below
"""


def subordinate_ids(user: User) -> set[int]:
    """Everybody below `user` in the reporting line, at any depth and also the inactive; one query.

    UNION (not UNION ALL) drops who was seen already, so a cycle in the data ends too.
    """
    with connection.cursor() as cursor:
        cursor.execute(BELOW, [user.pk])
        return {row[0] for row in cursor.fetchall()} - {user.pk}
