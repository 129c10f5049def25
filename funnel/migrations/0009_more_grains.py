"""Sums of quarters and of ten days: a span of odd days then adds up far fewer cells.

There are none yet, so everything is told again, as when cells became packed.
"""

from importlib import import_module

from django.db import migrations, models

TELL_ALL = import_module("funnel.migrations.0007_packed_cells").TELL_ALL


class Migration(migrations.Migration):
    dependencies = [("funnel", "0008_targets_and_stamps")]
    operations = [
        migrations.AlterField(
            model_name="rollupcell",
            name="grain",
            field=models.CharField(
                choices=[
                    ("all", "All time"),
                    ("quarter", "Quarter"),
                    ("month", "Month"),
                    ("ten", "Ten days"),
                    ("day", "Day"),
                ],
                max_length=7,
            ),
        ),
        migrations.RunSQL(TELL_ALL, TELL_ALL),
    ]
