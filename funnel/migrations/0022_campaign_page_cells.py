"""Sums by campaign and landing page; told anew, as there are none yet."""

from importlib import import_module

from django.db import migrations, models

TELL_ALL = import_module("funnel.migrations.0016_owner_cells").TELL_ALL


class Migration(migrations.Migration):
    dependencies = [("funnel", "0021_null_is_not_indexed")]
    operations = [
        migrations.AlterField(
            "rollupcell",
            "cube",
            models.CharField(
                choices=[
                    ("total", "All"),
                    ("source", "Source"),
                    ("landing_page", "Landing page"),
                    ("campaign", "Campaign"),
                    ("owner", "Owner"),
                    ("source_campaign", "Source and campaign"),
                    ("source_page", "Source and landing page"),
                    ("campaign_page", "Campaign and landing page"),
                    ("owner_source", "Owner and source"),
                    ("owner_campaign", "Owner and campaign"),
                    ("owner_page", "Owner and landing page"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunSQL(TELL_ALL, TELL_ALL),
    ]
