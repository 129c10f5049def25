"""Leads that have waited at MQL since a day are found in an index alone, not among all that were handed over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funnel", "0029_given_up_reason")]
    operations = [
        migrations.AddIndex(
            "journey",
            models.Index(
                fields=["mql_at"],
                include=("id", "lead"),
                condition=models.Q(is_current=True, stage="mql", status="active"),
                name="journey_waiting",
            ),
        ),
    ]
