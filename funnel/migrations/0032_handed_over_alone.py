"""MQLs of a span are counted by day, and found with their leads, in an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funnel", "0031_bulk_unchanged")]
    operations = [
        migrations.RemoveIndex("journey", "journey_handed_over"),
        migrations.AddIndex(
            "journey",
            models.Index(
                fields=["mql_at"],
                include=("id", "lead", "stage"),
                condition=models.Q(mql_at__isnull=False),
                name="journey_handed_over",
            ),
        ),
    ]
