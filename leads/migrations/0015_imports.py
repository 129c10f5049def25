import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0014_activity_import_kind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(editable=False, unique=True)),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('digest', models.CharField(help_text='SHA-256 of the file', max_length=64)),
                ('details', models.JSONField(default=dict, help_text='How it was read: encoding, delimiter, sheet.')),
                ('header', models.JSONField(default=list)),
                ('total', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('status', models.CharField(choices=[('uploaded', 'Columns to be mapped'), ('checking', 'Being checked'), ('checked', 'Checked, ready to run'), ('running', 'Running'), ('done', 'Finished'), ('cancelled', 'Cancelled'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='uploaded', max_length=12, verbose_name='status')),
                ('version', models.PositiveIntegerField(default=0)),
                ('columns', models.JSONField(default=list)),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('activity_kind', models.CharField(blank=True, choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], max_length=24, verbose_name='what they did')),
                ('asset', models.CharField(blank=True, max_length=200, verbose_name='asset')),
                ('happened_on', models.DateField(blank=True, null=True, verbose_name='on')),
                ('hand_off', models.BooleanField(default=False, verbose_name='hand off at once')),
                ('last_number', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('results', models.JSONField(default=dict)),
                ('undone', models.JSONField(default=dict)),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('emptied_at', models.DateTimeField(blank=True, help_text='Its rows were deleted.', null=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ('-uploaded_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('header_key', models.CharField(max_length=64)),
                ('columns', models.JSONField(default=dict)),
                ('options', models.JSONField(default=dict)),
                ('used_at', models.DateTimeField(verbose_name='last used')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'remembered mapping',
                'verbose_name_plural': 'remembered mappings',
                'ordering': ('-used_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('cells', models.JSONField(default=list)),
                ('fault', models.CharField(blank=True, max_length=200)),
                ('outcome', models.CharField(blank=True, choices=[('new', 'New leads'), ('filled', 'Known, blanks filled'), ('known', 'Known, unchanged'), ('repeated', 'Repeated in the file'), ('failed', 'Not importable')], max_length=8)),
                ('problems', models.JSONField(default=list)),
                ('email_key', models.CharField(blank=True, max_length=254)),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('filled', models.JSONField(default=dict)),
                ('applied_at', models.DateTimeField(null=True)),
                ('undone', models.CharField(blank=True, choices=[('removed', 'Removed'), ('emptied', 'Emptied again'), ('kept', 'Kept')], max_length=8)),
                ('why_kept', models.CharField(blank=True, max_length=200)),
                ('imported', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='leads.import')),
                ('lead', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.lead')),
            ],
            options={
                'ordering': ('number',),
            },
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('status__in', ['checking', 'running', 'undoing'])), fields=['id'], name='import_at_work'),
        ),
        migrations.AddConstraint(
            model_name='importmapping',
            constraint=models.UniqueConstraint(fields=('header_key', 'name'), name='import_mapping_name_once'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('outcome', ''), _negated=True), fields=['imported', 'outcome', 'number'], name='import_row_outcome'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('email_key', ''), _negated=True), fields=['imported', 'email_key'], name='import_row_email'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['imported', 'external_id'], name='import_row_external'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='import_row_lead'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('imported', 'number'), name='import_row_once'),
        ),
    ]
