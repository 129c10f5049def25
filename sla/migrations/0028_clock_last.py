"""The last clock of a journey and what it asks are read in an index alone; what was missed has its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0027_clock_journey")]
    operations = [
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["breached_at"],
                condition=models.Q(kind="first_contact", breached_at__isnull=False),
                name="clock_missed",
            ),
        ),
        # First the new one: it is the foreign key's, too.
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["journey", "kind", "started_at", "id"],
                include=("owner", "attempts"),
                name="clock_last",
            ),
        ),
        migrations.RemoveIndex("clock", "clock_journey"),
    ]
