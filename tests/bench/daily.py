"""What has happened in two years of work on a seeded funnel: posts, touches, clocks, mails told."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from leads.models import Activity, Form, Submission
from sla.models import Clock, Policy, Reminder
from sla.services import promise_sums
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from .engine import STEPS
from .seed import insert, silence_triggers

FORMS = 5
CHANGED = (4, 7, 8)
"""How many days ago the clocks began that somebody dealt with in the last minute."""
RECENT = timedelta(days=14)
"""Of the open MQLs those handed off since then have a clock that runs."""


def live_through(*, at: datetime) -> None:
    """One post and two touches a lead; a call, a clock and two told steps for each that was handed off."""
    forms = Form.objects.bulk_create(Form(name=f"Form {n}", created_at=at) for n in range(FORMS))
    keys = ", ".join(f"'{form.pk}'::uuid" for form in forms)
    with connection.cursor() as cursor:
        insert(cursor, Submission, _submission(keys), "leads_lead l")
        insert(cursor, Activity, _touch(), "leads_lead l CROSS JOIN generate_series(0, 1) AS touch")
    promise_contacts(at=at)
    with connection.cursor() as cursor:
        insert(cursor, Reminder, _told(), "sla_clock c CROSS JOIN generate_series(0, 1) AS step")
        for table in ("leads_submission", "leads_activity", "sla_clock", "sla_reminder"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def promise_contacts(*, at: datetime) -> None:
    """A call and a clock for each lead that was handed off."""
    policy = Policy.objects.filter(kind="first_contact").first()
    assert policy is not None
    handed = "funnel_journey j JOIN leads_lead l ON l.id = j.lead_id WHERE j.mql_at IS NOT NULL"
    with connection.cursor() as cursor:
        with transaction.atomic():
            silence_triggers(cursor)  # no day is summed yet
            insert(cursor, Activity, _call(), handed)
            insert(cursor, Clock, _clock(policy, at), handed)
        for table in ("leads_activity", "sla_clock"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def forget_contacts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_activity, sla_clock, sla_promiseday, sla_promisechange CASCADE")


def sum_up_to(*, today: date) -> None:
    """The promises by day as they stand on a working day: what is due has been told, the last days are
    not summed yet, and clocks of a few others have changed since the sums were made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sla_clock SET state = 'breached', breached_at = due_at"
            " WHERE state = 'running' AND due_at < now()"
        )
        promise_sums.refresh()
        days = [today - timedelta(days=age) for age in (*range(3), *CHANGED)]
        cursor.execute("INSERT INTO sla_promisechange (started_at) SELECT unnest(%s::date[])", [days])
        for table in ("sla_clock", "sla_promiseday", "sla_promisechange"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def people() -> dict[Role, User]:
    """Somebody of each role: the busiest two reps, the boss of half of all, and three who see everything."""
    reps = list(User.objects.filter(email__startswith="seeded").order_by("pk"))
    found: dict[Role, User] = {Role.SDR: reps[0], Role.AE: reps[1]}
    User.objects.filter(pk=reps[1].pk).update(role=Role.AE)
    for role in (Role.MANAGER, Role.MARKETER, Role.EXECUTIVE, Role.ADMIN):
        found[role] = User.objects.create(email=f"{role}@bench.example", role=role, first_name=role.label)
    User.objects.filter(pk__in=[rep.pk for rep in reps[::2]]).update(reports_to=found[Role.MANAGER])
    return {role: User.objects.get(pk=user.pk) for role, user in found.items()}


def _submission(keys: str) -> dict[str, str]:
    """Three of a thousand wait in the inbox."""
    return {
        "id": "gen_random_uuid()",
        "form_id": f"(ARRAY[{keys}])[1 + l.id % {FORMS}]",
        "received_at": "l.created_at",
        "payload": "jsonb_build_object('email', l.email)",
        "fingerprint": "md5(l.id::text)",
        "status": "CASE l.id % 1000 WHEN 0 THEN 'failed' WHEN 1 THEN 'quarantined' WHEN 2 THEN 'quarantined'"
        " ELSE 'processed' END",
        "lead_id": "CASE WHEN l.id % 1000 > 2 THEN l.id END",
        "processed_at": "l.created_at",
    }


def _touch() -> dict[str, str]:
    return {
        "lead_id": "l.id",
        "kind": "CASE touch WHEN 0 THEN 'download' ELSE 'page_view' END",
        "asset": "'White paper'",
        "occurred_at": "l.created_at + touch * interval '1 day'",
        "recorded_at": "l.created_at + touch * interval '1 day'",
        "source": "'form'",
    }


def _call() -> dict[str, str]:
    return {
        "lead_id": "l.id",
        "kind": "'call'",
        "occurred_at": "j.mql_at + interval '3 minutes'",
        "recorded_at": "j.mql_at + interval '3 minutes'",
        "source": "'ui'",
        "actor_id": "l.owner_id",
        "outcome": "CASE l.id % 2 WHEN 0 THEN 'reached' ELSE 'no_answer' END",
        "is_contact": "true",
    }


def _clock(policy: Policy, at: datetime) -> dict[str, str]:
    """Seven of ten met, one met late, two missed; due around ``at`` where they still run."""
    runs = f"(j.status = 'active' AND j.stage = 'mql' AND j.mql_at > '{(at - RECENT).isoformat()}')"
    fate = "(j.id % 10)"
    due = f"'{at.isoformat()}'::timestamptz + (j.id % 2880 - 1440) * interval '1 minute'"
    missed = f"CASE WHEN {fate} < 7 THEN NULL ELSE j.mql_at + interval '5 minutes' END"
    return {
        "journey_id": "j.id",
        "lead_id": "l.id",
        "kind": "'first_contact'",
        "owner_id": "l.owner_id",
        "policy_id": str(policy.pk),
        "calendar_id": str(policy.calendar_id),
        "state": f"CASE WHEN {runs} THEN 'running' WHEN {fate} < 7 THEN 'met' WHEN {fate} < 8 THEN 'met_late'"
        " ELSE 'breached' END",
        "minutes": "5",
        "time_base": "'working'",
        "attempts": "5",
        "steps": f"'{STEPS}'::jsonb",
        "started_at": "j.mql_at",
        "lead_started_at": "j.mql_at",
        "due_at": f"CASE WHEN {runs} THEN {due} ELSE j.mql_at + interval '5 minutes' END",
        "breached_at": f"CASE WHEN NOT {runs} THEN {missed} END",
        "ended_at": f"CASE WHEN NOT {runs} THEN j.mql_at + {fate} * interval '1 minute' END",
        "wall_seconds": f"CASE WHEN NOT {runs} THEN {fate} * 60 END",
        "working_seconds": f"CASE WHEN NOT {runs} THEN {fate} * 60 END",
    }


def _told() -> dict[str, str]:
    return {
        "clock_id": "c.id",
        "step": "step",
        "due_at": "c.due_at",
        "state": "'sent'",
        "ended_at": "c.due_at",
    }
