"""Whether somebody was reached is told by the index of contacts alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0022_told_of_reviews")]
    operations = [
        migrations.RemoveIndex("activity", "activity_contact"),
        migrations.AddIndex(
            "activity",
            models.Index(
                fields=["lead", "occurred_at"],
                include=("outcome",),
                condition=models.Q(is_contact=True),
                name="activity_contact",
            ),
        ),
    ]
