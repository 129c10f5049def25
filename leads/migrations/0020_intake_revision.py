"""A token that changes with everything the intake works by; see ``leads.models.IntakeRevision``.

Triggers, because forms and personas are changed in many places (pages, admin, defaults, scripts), and
one that forgot to renew the token would leave every process with what was before. They run once a
statement, on tables that are written by hand.
"""

from django.db import migrations, models

TABLES = ("leads_form", "leads_campaign", "leads_persona", "leads_ruleset")
FORWARDS = """
CREATE FUNCTION leads_renew_intake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_intakerevision (id, token) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET token = excluded.token;
  RETURN NULL;
END $$;
INSERT INTO leads_intakerevision (id, token) VALUES (1, gen_random_uuid());
""" + "".join(
    f"""
CREATE TRIGGER intake_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION leads_renew_intake();
"""
    for table in TABLES
)
BACKWARDS = (
    "".join(f"DROP TRIGGER intake_renewed ON {table};" for table in TABLES)
    + "DROP FUNCTION leads_renew_intake();"
)


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_told_of_rescores")]
    operations = [
        migrations.CreateModel(
            name="IntakeRevision",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("token", models.UUIDField()),
            ],
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
