"""A pool, locked and read in one message to the database.

Why a lock, and held until the commit: who is next depends on whom the hand-off before was given,
so two hand-offs of one pool cannot be decided at once. Choosing without the lock (skipping members
who are being given a lead, or trying again when somebody else was faster) was weighed against it:
it is unfair while levels differ, or works twice when many wait. What follows it at intake is one
message, with everything that there is to write of a new lead and the commit that ends it. So the lock
is taken before those rows, which nobody else can know of; where the lead is known, it comes last.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from leads.selectors.prepared import send_ahead

from ..models import Journey
from ..rules.routing import CAPACITY_WINDOW, Candidate

# The setting carries the locked rule to the second statement of the message. That one has its own
# snapshot, taken after the lock was granted, and so sees the counts that the hand-off before us
# left; as one statement it would see them as they were before the wait.
LOCK = """
SELECT set_config('smarketing.pool', coalesce((
    SELECT id::text FROM funnel_routingrule
    WHERE role = %s AND is_active AND (countries = '{}' OR countries @> ARRAY[%s]::varchar[])
        AND (max_employees IS NULL OR max_employees >= %s) AND (min_employees IS NULL OR min_employees <= %s)
    ORDER BY position, id LIMIT 1 FOR NO KEY UPDATE
), ''), true)
"""
READ = """
SELECT kept.assignment_id, kept.journey_id, rule.id, rule.name,
    member.id, member.user_id, person.role, weight, calibration, assigned, capacity,
    CASE WHEN capacity IS NULL THEN 0 ELSE (
        SELECT count(*) FROM funnel_assignment AS given
        WHERE given.user_id = member.user_id AND given.assigned_at > %s
    ) END,
    person.is_active, member.is_active,
    EXISTS (
        SELECT FROM accounts_absence AS absence
        WHERE absence.user_id = member.user_id AND starts_at <= %s AND ends_at > %s
    )
FROM (
    SELECT nextval('funnel_assignment_id_seq') AS assignment_id,
        CASE WHEN %s THEN nextval('funnel_journey_id_seq') END AS journey_id
) AS kept
LEFT JOIN funnel_routingrule AS rule ON rule.id = nullif(current_setting('smarketing.pool'), '')::bigint
LEFT JOIN funnel_routingmember AS member ON member.rule_id = rule.id
LEFT JOIN accounts_user AS person ON person.id = member.user_id
ORDER BY member.id
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """A locked rule and its members, oldest first; without ``rule_id``: no rule covers the lead.
    ``assignment_id``: kept for what will be decided, so that what names it need not wait for its row."""

    rule_id: int | None
    name: str
    assignment_id: int
    role: str
    members: tuple[Candidate, ...]


def lock_pool(*, journey: Journey, role: str, at: datetime) -> Pool:
    """The pool of the first active rule that covers the lead's territory and company size.

    An unknown company size is covered only by rules that do not ask for one. A journey that waits to
    be written gets its id.
    """
    lead = journey.lead
    company = lead.company
    country = lead.country or (company.country if company else "")
    employees = company.employees if company else None
    with connection.cursor() as cursor:
        send_ahead(
            cursor,
            (LOCK, [role, country, employees, employees]),
            (READ, [at - CAPACITY_WINDOW, at, at, journey.pk is None]),
        )
        rows = cursor.fetchall()
    assignment_id, journey_id, rule_id, name = rows[0][:4]
    if journey.pk is None:
        journey.pk = journey_id
    members = tuple(Candidate(*row[4:]) for row in rows if row[4] is not None)
    return Pool(rule_id, name, assignment_id, role, members)
