"""Sums of what happened on a day; told anew, as there are none yet."""

from importlib import import_module

from django.db import migrations, models

TELL_ALL = import_module("funnel.migrations.0016_owner_cells").TELL_ALL


class Migration(migrations.Migration):
    dependencies = [("funnel", "0023_tell_by_key")]
    operations = [
        migrations.AlterField(
            "rollupcell",
            "measure",
            models.CharField(
                choices=[
                    ("state", "State"),
                    ("stay", "Stay"),
                    ("win", "Days from MQL to won"),
                    ("deal", "Won deal"),
                    ("event", "Event of a day"),
                ],
                max_length=5,
            ),
        ),
        migrations.RunSQL(TELL_ALL, TELL_ALL),
    ]
