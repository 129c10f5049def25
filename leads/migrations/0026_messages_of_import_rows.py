"""Why a row was left out or kept is a message now; the finished texts of old rows stay, as JSON."""

from django.db import migrations, models

FORWARDS = """
ALTER TABLE leads_importrow
    ALTER COLUMN fault TYPE jsonb USING to_jsonb(fault),
    ALTER COLUMN why_kept TYPE jsonb USING to_jsonb(why_kept)
"""
BACKWARDS = """
ALTER TABLE leads_importrow
    ALTER COLUMN fault TYPE varchar(200) USING left(coalesce(fault ->> 'text', fault #>> '{}'), 200),
    ALTER COLUMN why_kept TYPE varchar(200) USING left(coalesce(why_kept ->> 'text', why_kept #>> '{}'), 200)
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0025_repeats_by_fingerprint")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARDS, BACKWARDS)],
            state_operations=[
                migrations.AlterField("importrow", name, models.JSONField(blank=True, default=str))
                for name in ("fault", "why_kept")
            ],
        )
    ]
