"""Whether a later clock of a journey followed is read in an index alone, which is the foreign key's too.

The old index is dropped by its name: Django would take every index of ``journey`` along, also the
unique one of ticking clocks (see ``funnel.0028_one_current_again``).
"""

from django.db import migrations, models

OLD = "sla_clock_journey_id_b4485a0b"


class Migration(migrations.Migration):
    dependencies = [("funnel", "0029_given_up_reason"), ("sla", "0026_forecast_places")]
    operations = [
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["journey", "kind", "started_at"], name="clock_journey"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {OLD}",
                    f"CREATE INDEX IF NOT EXISTS {OLD} ON sla_clock (journey_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="clock",
                    name="journey",
                    field=models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="clocks", to="funnel.journey"
                    ),
                )
            ],
        ),
    ]
