"""Indexes that repeat the beginning of another one, or hold hardly anything but NULL."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0010_fewer_indexes'),
        ('sla', '0007_mail_password'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clock',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='clock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='sla.clock'),
        ),
    ]
