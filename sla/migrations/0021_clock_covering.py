"""The promises of a span are counted from an index alone, which a vacuum in time makes possible."""

from django.db import migrations, models

OFTEN = """
ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)
"""
AS_USUAL = "ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("sla", "0020_effort"), ("funnel", "0025_journey_given_up")]
    operations = [
        migrations.RemoveIndex("clock", "clock_newest"),
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["-started_at", "-id"],
                include=(
                    "kind",
                    "owner",
                    "state",
                    "due_at",
                    "working_seconds",
                    "journey",
                    "lead",
                    "attempts",
                ),
                name="clock_newest",
            ),
        ),
        migrations.RunSQL(OFTEN.format(table="sla_clock"), AS_USUAL.format(table="sla_clock")),
    ]
