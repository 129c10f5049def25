"""Leads handed over and customers of a span are found by when, not among all others of their pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funnel", "0025_journey_given_up")]
    operations = [
        migrations.AddIndex(
            "journey",
            models.Index(
                fields=["mql_at"],
                condition=models.Q(mql_at__isnull=False),
                name="journey_handed_over",
            ),
        ),
        migrations.AddIndex(
            "journey",
            models.Index(
                fields=["customer_at"],
                condition=models.Q(customer_at__isnull=False),
                name="journey_won",
            ),
        ),
    ]
