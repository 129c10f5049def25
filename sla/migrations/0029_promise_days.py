"""Sums of the promises by day, and the triggers that tell which of them are not true any more.

What began less than a day ago is not told: its day is not summed yet (``services.promise_days``), and
a hand-off pays for nothing but the question. Without sequential scans, because a function that was
planned while the tables were empty would read them whole ever after.
"""

from django.db import migrations, models

CHANGES = """
CREATE FUNCTION sla_tell_last(leads bigint[], journeys bigint[])
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  -- Attempts count for the last clock of a journey only. One of a lead: whoever was merged into it has its
  -- contacts.
  IF journeys IS NOT NULL THEN
    INSERT INTO sla_promisechange (started_at) SELECT max(started_at) FROM sla_clock
     WHERE journey_id = ANY(journeys) AND kind = 'first_contact'
     GROUP BY journey_id HAVING max(started_at) < now() - interval '1 day';
  END IF;
  IF leads IS NOT NULL THEN
    INSERT INTO sla_promisechange (started_at) SELECT max(started_at) FROM sla_clock
     WHERE lead_id = ANY(leads || ARRAY(SELECT id FROM leads_lead WHERE merged_into_id = ANY(leads)))
       AND kind = 'first_contact'
     GROUP BY journey_id HAVING max(started_at) < now() - interval '1 day';
  END IF;
END $$;

-- With the clock before it, which was the last of its journey or is it now.
CREATE FUNCTION sla_tell_clock_of(of bigint, began timestamptz)
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO sla_promisechange (started_at) VALUES (began);
  INSERT INTO sla_promisechange (started_at) SELECT max(started_at) FROM sla_clock
   WHERE journey_id = of AND kind = 'first_contact' AND started_at < began
  HAVING max(started_at) < now() - interval '1 day';
END $$;

CREATE FUNCTION sla_tell_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM sla_tell_clock_of(OLD.journey_id, OLD.started_at); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM sla_tell_clock_of(NEW.journey_id, NEW.started_at); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER clock_told AFTER INSERT ON sla_clock
  FOR EACH ROW WHEN (NEW.started_at < now() - interval '1 day') EXECUTE FUNCTION sla_tell_clock();
CREATE TRIGGER clock_gone_told AFTER DELETE ON sla_clock
  FOR EACH ROW EXECUTE FUNCTION sla_tell_clock();
CREATE TRIGGER clock_change_told AFTER UPDATE ON sla_clock
  FOR EACH ROW WHEN (
    (OLD.started_at, OLD.kind, OLD.journey_id, OLD.lead_id)
    IS DISTINCT FROM (NEW.started_at, NEW.kind, NEW.journey_id, NEW.lead_id)
    OR NEW.started_at < now() - interval '1 day' AND
    (OLD.owner_id, OLD.state, OLD.due_at, OLD.working_seconds, OLD.attempts)
    IS DISTINCT FROM (NEW.owner_id, NEW.state, NEW.due_at, NEW.working_seconds, NEW.attempts))
  EXECUTE FUNCTION sla_tell_clock();

CREATE FUNCTION sla_tell_given_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM sla_tell_last(NULL, ARRAY[NEW.id]);
  RETURN NULL;
END $$;
CREATE TRIGGER given_up_told AFTER UPDATE ON funnel_journey
  FOR EACH ROW WHEN (
    (OLD.status IN ('recycled', 'disqualified') OR NEW.status IN ('recycled', 'disqualified'))
    AND (OLD.status, OLD.reason, OLD.mql_at, OLD.closed_at)
    IS DISTINCT FROM (NEW.status, NEW.reason, NEW.mql_at, NEW.closed_at))
  EXECUTE FUNCTION sla_tell_given_up();

CREATE FUNCTION sla_tell_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM sla_tell_last(ARRAY[OLD.lead_id], NULL); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM sla_tell_last(ARRAY[NEW.lead_id], NULL); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_told AFTER INSERT ON leads_activity
  FOR EACH ROW WHEN (NEW.is_contact) EXECUTE FUNCTION sla_tell_contact();
CREATE TRIGGER contact_gone_told AFTER DELETE ON leads_activity
  FOR EACH ROW WHEN (OLD.is_contact) EXECUTE FUNCTION sla_tell_contact();
CREATE TRIGGER contact_change_told AFTER UPDATE ON leads_activity
  FOR EACH ROW WHEN (
    (OLD.is_contact OR NEW.is_contact)
    AND (OLD.lead_id, OLD.is_contact, OLD.occurred_at, OLD.outcome)
    IS DISTINCT FROM (NEW.lead_id, NEW.is_contact, NEW.occurred_at, NEW.outcome))
  EXECUTE FUNCTION sla_tell_contact();

CREATE FUNCTION sla_tell_merge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM sla_tell_last(ARRAY[NEW.id], NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER merge_told AFTER UPDATE OF merged_into_id ON leads_lead
  FOR EACH ROW WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION sla_tell_merge();
"""
SILENCE = """
DROP TRIGGER merge_told ON leads_lead;
DROP TRIGGER contact_change_told ON leads_activity;
DROP TRIGGER contact_gone_told ON leads_activity;
DROP TRIGGER contact_told ON leads_activity;
DROP TRIGGER given_up_told ON funnel_journey;
DROP TRIGGER clock_change_told ON sla_clock;
DROP TRIGGER clock_gone_told ON sla_clock;
DROP TRIGGER clock_told ON sla_clock;
DROP FUNCTION sla_tell_merge(), sla_tell_contact(), sla_tell_given_up(), sla_tell_clock(),
  sla_tell_clock_of(bigint, timestamptz), sla_tell_last(bigint[], bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0025_repeats_by_fingerprint"), ("funnel", "0029_given_up_reason"), ("sla", "0028_clock_last")]
    operations = [
        migrations.CreateModel(
            name="PromiseChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "change of a promise",
                "verbose_name_plural": "changes of promises",
            },
        ),
        migrations.CreateModel(
            name="PromiseDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("time_zone", models.CharField(max_length=64)),
                ("tallies", models.JSONField(default=list)),
                ("owners", models.JSONField(default=dict)),
                ("next_due", models.DateTimeField(null=True)),
                ("kept", models.PositiveIntegerField(default=0)),
                ("missed", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "promises of a day",
                "verbose_name_plural": "promises of a day",
            },
        ),
        migrations.RunSQL(CHANGES, SILENCE),
    ]
