"""Indexes that repeat the beginning of another one, or hold hardly anything but NULL: every lead paid
for them, no query needs them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Django makes these for every unique text, for searches by its beginning; nobody searches so.
BEGINNINGS = {
    "leads_lead_email_key_0380345a_like": "leads_lead (email_key varchar_pattern_ops)",
    "leads_lead_external_id_c72287bc_like": "leads_lead (external_id varchar_pattern_ops)",
    "leads_company_domain_da8532c5_like": "leads_company (domain varchar_pattern_ops)",
}
DROP = "".join(f"DROP INDEX IF EXISTS {name};" for name in BEGINNINGS)
MAKE = "".join(f"CREATE INDEX IF NOT EXISTS {name} ON {of};" for name, of in BEGINNINGS.items())


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0009_lead_filters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='activity',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='activity',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='leads.lead', verbose_name='lead'),
        ),
        migrations.AlterField(
            model_name='activity',
            name='origin_lead',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_leads', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_leads', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AlterField(
            model_name='scorechange',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_changes', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='form',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='leads.form', verbose_name='form'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='activity_actor'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('origin_lead__isnull', False)), fields=['origin_lead'], name='activity_origin'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='lead_merged_into'),
        ),
        migrations.RunSQL(DROP, MAKE),
    ]
