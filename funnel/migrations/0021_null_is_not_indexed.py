"""Every lead paid for index entries that only said NULL, and for an index that begins another one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funnel', '0020_bulk_take_back'),
        ('leads', '0021_null_is_not_indexed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='journey',
            name='campaign',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='journeys', to='leads.campaign', verbose_name='campaign'),
        ),
        migrations.AddIndex(
            model_name='journey',
            index=models.Index(condition=models.Q(('campaign__isnull', False)), fields=['campaign'], name='journey_campaign'),
        ),
    ]
