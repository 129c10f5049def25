"""Leads that sales gave up are found by when, not by reading every lead that it was handed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funnel", "0024_event_cells")]
    operations = [
        migrations.AddIndex(
            "journey",
            models.Index(
                fields=["closed_at"],
                include=("id", "mql_at"),
                condition=models.Q(status__in=("recycled", "disqualified"), mql_at__isnull=False),
                name="journey_given_up",
            ),
        ),
    ]
