"""Everything in one step for a new database; a database that has some of it takes the steps replaced here.

Depends on no more than these steps do: a database that has all of them is consistent.

A token changes with everything the intake works by; see ``leads.models.IntakeRevision``. Triggers, because
forms and personas are changed in many places (pages, admin, defaults, scripts), and one that forgot to
renew the token would leave every process with what was before. They run once a statement, on tables
that are written by hand.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


RENEWAL = """
CREATE FUNCTION leads_renew_intake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_intakerevision (id, token) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET token = excluded.token;
  RETURN NULL;
END $$;
INSERT INTO leads_intakerevision (id, token) VALUES (1, gen_random_uuid());
""" + "".join(
    f"""
CREATE TRIGGER intake_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION leads_renew_intake();
"""
    for table in ("leads_form", "leads_campaign", "leads_persona", "leads_ruleset")
)


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('leads', '0001_initial'),
        ('leads', '0002_lead_score_error'),
        ('leads', '0003_lead_phone_end'),
        ('leads', '0004_lead_words'),
        ('leads', '0005_submission_address_index'),
        ('leads', '0006_form_page'),
        ('leads', '0007_consent_text'),
        ('leads', '0008_notification'),
        ('leads', '0009_lead_filters'),
        ('leads', '0010_fewer_indexes'),
        ('leads', '0011_rule_positions'),
        ('leads', '0012_rejected_submissions'),
        ('leads', '0013_folded_words'),
        ('leads', '0014_activity_import_kind'),
        ('leads', '0015_imports'),
        ('leads', '0016_persona_fixed'),
        ('leads', '0017_agreement_notification'),
        ('leads', '0018_told_of_disputes'),
        ('leads', '0019_told_of_rescores'),
        ('leads', '0020_intake_revision'),
        ('leads', '0021_null_is_not_indexed'),
        ('leads', '0022_told_of_reviews'),
        ('leads', '0023_contact_covering'),
    ]

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('slug', models.SlugField(help_text='Matches utm_campaign.', max_length=200, unique=True, verbose_name='key')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('cost', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='cost')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='starts on')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='ends on')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('domain', models.CharField(blank=True, max_length=253, null=True, unique=True, verbose_name='domain')),
                ('employees', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                ('industry', models.CharField(blank=True, max_length=120, verbose_name='industry')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('annual_revenue', models.DecimalField(blank=True, decimal_places=2, max_digits=15, null=True, verbose_name='annual revenue')),
                ('created_at', models.DateTimeField(verbose_name='created')),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'companies',
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='IntakeRevision',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('token', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='Persona',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='agreed description')),
                ('criteria', models.JSONField(blank=True, default=list, verbose_name='criteria')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'buyer persona',
                'verbose_name_plural': 'buyer personas',
                'ordering': ('position', 'name'),
            },
        ),
        migrations.CreateModel(
            name='Form',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('landing_page', models.URLField(blank=True, max_length=500, verbose_name='landing page')),
                ('activity_kind', models.CharField(choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], default='form', max_length=24, verbose_name='a submission counts as')),
                ('asset', models.CharField(blank=True, max_length=200, verbose_name='asset')),
                ('mapping', models.JSONField(blank=True, default=dict, verbose_name='field mapping')),
                ('custom_fields', models.JSONField(blank=True, default=list, verbose_name='custom fields')),
                ('required_fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None, verbose_name='required fields')),
                ('layout', models.JSONField(blank=True, default=list, editable=False, verbose_name='order and labels')),
                ('origins', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, help_text='For example https://www.example.com; empty: only plain HTML posts and servers.', size=None, verbose_name='allowed origins')),
                ('thank_you_url', models.URLField(blank=True, max_length=500, verbose_name='thank-you page')),
                ('thank_you_text', models.CharField(blank=True, max_length=500, verbose_name='thank-you text')),
                ('consent_text', models.TextField(blank=True, verbose_name='consent text')),
                ('consent_version', models.CharField(blank=True, max_length=32, verbose_name='consent version')),
                ('consent_required', models.BooleanField(default=False, verbose_name='consent required')),
                ('honeypot', models.CharField(blank=True, default='website_url', max_length=64, verbose_name='honeypot field')),
                ('rate_per_minute', models.PositiveIntegerField(default=60, verbose_name='submissions per minute and address')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='leads.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'form',
                'verbose_name_plural': 'forms',
                'ordering': ('name',),
            },
        ),
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
                'indexes': [models.Index(condition=models.Q(('status__in', ['checking', 'running', 'undoing'])), fields=['id'], name='import_at_work')],
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
                'constraints': [models.UniqueConstraint(fields=('header_key', 'name'), name='import_mapping_name_once')],
            },
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True, verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('live', 'Live'), ('retired', 'Retired')], default='draft', max_length=8, verbose_name='status')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what changed and why')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'scoring rule set',
                'verbose_name_plural': 'scoring rule sets',
                'ordering': ('-version',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'live')), fields=('status',), name='rule_set_one_live')],
            },
        ),
        migrations.CreateModel(
            name='RuleGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.CharField(choices=[('fit', 'Fit'), ('interest', 'Interest'), ('intent', 'Intent')], max_length=8, verbose_name='dimension')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('cap', models.PositiveSmallIntegerField(default=100, verbose_name='at most')),
                ('decay_percent', models.PositiveSmallIntegerField(default=0, verbose_name='loses percent')),
                ('decay_days', models.PositiveSmallIntegerField(default=30, verbose_name='every days')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('rule_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='leads.ruleset')),
            ],
            options={
                'verbose_name': 'rule group',
                'verbose_name_plural': 'rule groups',
                'ordering': ('rule_set', 'dimension', 'position', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('decay_days__gte', 1), ('decay_percent__lte', 100)), name='rule_group_decay'), models.CheckConstraint(condition=models.Q(models.Q(('dimension', 'fit'), _negated=True), ('decay_percent', 0), _connector='OR'), name='rule_group_fit_never_decays')],
            },
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('email_key', models.CharField(editable=False, max_length=254, null=True, unique=True)),
                ('external_id', models.CharField(blank=True, max_length=120, null=True, unique=True, verbose_name='external id')),
                ('first_name', models.CharField(blank=True, max_length=120, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=120, verbose_name='last name')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('job_title', models.CharField(blank=True, max_length=160, verbose_name='job title')),
                ('seniority', models.CharField(blank=True, choices=[('chief', 'CEO or general manager'), ('director', 'Director'), ('manager', 'Manager'), ('specialist', 'Specialist'), ('student', 'Student')], max_length=16, verbose_name='seniority')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('language', models.CharField(blank=True, max_length=8, verbose_name='language')),
                ('company_name', models.CharField(blank=True, max_length=200, verbose_name='company as given')),
                ('budget', models.CharField(blank=True, max_length=120, verbose_name='budget')),
                ('need', models.CharField(blank=True, max_length=500, verbose_name='need')),
                ('timeline', models.CharField(blank=True, max_length=120, verbose_name='timeline')),
                ('custom', models.JSONField(blank=True, default=dict, verbose_name='custom fields')),
                ('persona_fixed', models.BooleanField(db_default=False, default=False, editable=False, help_text='A person chose it; rules leave it.')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('landing_page', models.CharField(blank=True, max_length=500, verbose_name='landing page')),
                ('first_touch', models.JSONField(blank=True, default=dict, verbose_name='first touch')),
                ('last_touch', models.JSONField(blank=True, default=dict, verbose_name='last touch')),
                ('consent_at', models.DateTimeField(blank=True, null=True, verbose_name='consent given')),
                ('consent_version', models.CharField(blank=True, max_length=32, verbose_name='consent version')),
                ('fit', models.SmallIntegerField(default=0, verbose_name='fit')),
                ('interest', models.SmallIntegerField(default=0, verbose_name='interest')),
                ('intent', models.SmallIntegerField(default=0, verbose_name='intent')),
                ('grade', models.CharField(blank=True, max_length=2, verbose_name='grade')),
                ('scored_at', models.DateTimeField(editable=False, null=True, verbose_name='scored')),
                ('score_due_at', models.DateTimeField(editable=False, null=True)),
                ('score_error', models.CharField(blank=True, editable=False, max_length=200, verbose_name='scoring failed')),
                ('engaged_at', models.DateTimeField(editable=False, null=True, verbose_name='first meaningful interaction')),
                ('last_meaningful_at', models.DateTimeField(editable=False, null=True, verbose_name='last meaningful interaction')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('updated_at', models.DateTimeField(verbose_name='changed')),
                ('campaign', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='leads.campaign', verbose_name='campaign')),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='leads.company', verbose_name='company')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_leads', to='leads.lead')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_leads', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('persona', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='leads.persona', verbose_name='buyer persona')),
                ('rule_set', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.ruleset')),
            ],
            options={
                'verbose_name': 'lead',
                'verbose_name_plural': 'leads',
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(fields=['-created_at', '-id'], name='lead_newest'), models.Index(fields=['owner', '-created_at'], name='lead_owner_newest'), models.Index(condition=models.Q(('source', ''), _negated=True), fields=['source', '-created_at', '-id'], name='lead_source_newest'), models.Index(condition=models.Q(('landing_page', ''), _negated=True), fields=['landing_page', '-created_at', '-id'], name='lead_landing_page_newest'), models.Index(condition=models.Q(('grade', ''), _negated=True), fields=['grade', '-created_at', '-id'], name='lead_grade_newest'), models.Index(condition=models.Q(('persona__isnull', False)), fields=['persona'], name='lead_persona'), models.Index(condition=models.Q(('campaign__isnull', False)), fields=['campaign'], name='lead_campaign'), models.Index(django.db.models.functions.text.Right(models.Func('phone', models.Value('\\D'), models.Value(''), models.Value('g'), function='regexp_replace'), 9, output_field=models.TextField()), condition=models.Q(('phone', ''), _negated=True), name='lead_phone_end'), models.Index(condition=models.Q(('score_due_at__isnull', False)), fields=['score_due_at'], name='lead_score_due'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='lead_merged_into'), django.contrib.postgres.indexes.GinIndex(models.Func('email', 'first_name', 'last_name', 'company_name', arg_joiner=" || ' ' || ", output_field=django.contrib.postgres.search.SearchVectorField(), template="to_tsvector('simple', translate(%(expressions)s, '@._-+/áàâäãåāçčćéèêëēėęíìîïīłñńóòôöõøōšśşúùûüūýÿžźżÁÀÂÄÃÅĀÇČĆÉÈÊËĒĖĘÍÌÎÏĪŁÑŃÓÒÔÖÕØŌŠŚŞÚÙÛÜŪÝŸŽŹŻ', '      aaaaaaaccceeeeeeeiiiiilnnooooooosssuuuuuyyzzzaaaaaaaccceeeeeeeiiiiilnnooooooosssuuuuuyyzzz'))"), name='lead_words')],
                'constraints': [models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='lead_not_merged_into_itself')],
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
                'indexes': [models.Index(condition=models.Q(('outcome', ''), _negated=True), fields=['imported', 'outcome', 'number'], name='import_row_outcome'), models.Index(condition=models.Q(('email_key', ''), _negated=True), fields=['imported', 'email_key'], name='import_row_email'), models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['imported', 'external_id'], name='import_row_external'), models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='import_row_lead')],
                'constraints': [models.UniqueConstraint(fields=('imported', 'number'), name='import_row_once')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('snapshot', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('duplicate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead', verbose_name='merged lead')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='leads.lead', verbose_name='kept lead')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'merge',
                'verbose_name_plural': 'merges',
                'ordering': ('-at',),
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('assigned', 'A lead was handed to me'), ('reminded', 'A promise of mine comes due'), ('escalated', 'A promise of my team was not kept'), ('recycled', 'A lead came back to marketing'), ('unassigned', 'Nobody could take a lead'), ('undeliverable', 'A reminder did not arrive'), ('imported', 'An import has ended'), ('published', 'New scoring rules count'), ('rescored', 'A re-score that I started has ended'), ('agreement', 'An agreement waits for me or changed'), ('disputed', 'A dispute waits for me'), ('judged', 'A dispute was decided'), ('review', 'I am invited to a review'), ('todo', 'A decision waits for me')], max_length=16, verbose_name='kind')),
                ('key', models.CharField(max_length=120)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(verbose_name='told')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
                ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='notification_list'), models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='notification_unread')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='notification_once')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('kind', models.CharField(choices=[('field', 'Lead or company field'), ('activity', 'Activity')], max_length=8, verbose_name='kind')),
                ('field', models.CharField(blank=True, max_length=80, verbose_name='field')),
                ('operator', models.CharField(blank=True, choices=[('eq', 'is'), ('ne', 'is not'), ('in', 'is one of'), ('contains', 'contains'), ('gte', 'is at least'), ('lt', 'is less than'), ('filled', 'is filled in'), ('empty', 'is empty')], max_length=12, verbose_name='operator')),
                ('value', models.JSONField(blank=True, null=True, verbose_name='value')),
                ('activity_kind', models.CharField(blank=True, choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], max_length=24, verbose_name='activity')),
                ('asset', models.CharField(blank=True, max_length=200, verbose_name='asset contains')),
                ('points', models.SmallIntegerField(verbose_name='points')),
                ('max_times', models.PositiveSmallIntegerField(default=1, verbose_name='counted at most')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='leads.rulegroup')),
            ],
            options={
                'verbose_name': 'scoring rule',
                'verbose_name_plural': 'scoring rules',
                'ordering': ('group', 'position', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'field'), models.Q(('field', ''), _negated=True), models.Q(('operator', ''), _negated=True)), models.Q(('kind', 'activity'), models.Q(('activity_kind', ''), _negated=True)), _connector='OR'), name='rule_is_complete')],
            },
        ),
        migrations.CreateModel(
            name='Rescore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='leads')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('last_lead_id', models.BigIntegerField(default=0)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('rule_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rescores', to='leads.ruleset')),
            ],
            options={
                'verbose_name': 're-score',
                'verbose_name_plural': 're-scores',
                'ordering': ('-started_at',),
            },
        ),
        migrations.CreateModel(
            name='ScoreChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('cause', models.CharField(choices=[('created', 'Lead created'), ('activity', 'Activity recorded'), ('edited', 'Lead edited'), ('decay', 'Time passed'), ('published', 'New scoring rules'), ('merged', 'Leads merged')], max_length=12, verbose_name='cause')),
                ('fit', models.SmallIntegerField(verbose_name='fit')),
                ('interest', models.SmallIntegerField(verbose_name='interest')),
                ('intent', models.SmallIntegerField(verbose_name='intent')),
                ('fit_before', models.SmallIntegerField(default=0)),
                ('interest_before', models.SmallIntegerField(default=0)),
                ('intent_before', models.SmallIntegerField(default=0)),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_changes', to='leads.lead')),
                ('rule_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.ruleset')),
            ],
            options={
                'verbose_name': 'score change',
                'verbose_name_plural': 'score changes',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['lead', '-at'], name='score_change_lead')],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('payload', models.JSONField(verbose_name='values')),
                ('touch', models.JSONField(blank=True, default=dict, verbose_name='touch')),
                ('remote_address', models.GenericIPAddressField(blank=True, null=True, verbose_name='address')),
                ('user_agent', models.CharField(blank=True, max_length=400, verbose_name='browser')),
                ('idempotency_key', models.CharField(blank=True, max_length=128, null=True)),
                ('fingerprint', models.CharField(max_length=64)),
                ('status', models.CharField(choices=[('received', 'Received'), ('processed', 'Processed'), ('failed', 'Failed, will be retried'), ('quarantined', 'Quarantined'), ('rejected', 'Rejected')], default='received', max_length=16, verbose_name='status')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('steps', models.JSONField(blank=True, default=list, verbose_name='steps')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt')),
                ('rejected_at', models.DateTimeField(blank=True, null=True, verbose_name='rejected at')),
                ('processed_at', models.DateTimeField(blank=True, null=True, verbose_name='processed')),
                ('form', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='leads.form', verbose_name='form')),
                ('lead', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='submissions', to='leads.lead', verbose_name='lead')),
                ('rejected_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='rejected by')),
            ],
            options={
                'verbose_name': 'submission',
                'verbose_name_plural': 'submissions',
                'ordering': ('-received_at',),
                'indexes': [models.Index(fields=['form', 'fingerprint', '-received_at'], name='submission_repeat'), models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='submission_due'), models.Index(fields=['status', '-received_at'], name='submission_status'), models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='submission_lead'), models.Index(fields=['form', 'remote_address', '-received_at'], name='submission_address')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('form', 'idempotency_key'), name='submission_key_once')],
            },
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], max_length=24, verbose_name='kind')),
                ('asset', models.CharField(blank=True, max_length=200, verbose_name='asset')),
                ('occurred_at', models.DateTimeField(verbose_name='when')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('source', models.CharField(choices=[('form', 'Landing-page form'), ('api', 'API'), ('ui', 'Entered by a person'), ('system', 'System'), ('import', 'Import')], max_length=8, verbose_name='recorded by')),
                ('external_id', models.CharField(blank=True, max_length=200, null=True, verbose_name='external id')),
                ('outcome', models.CharField(blank=True, choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('left_message', 'Left a message'), ('wrong_contact', 'Wrong contact data')], max_length=16, verbose_name='outcome')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('data', models.JSONField(blank=True, default=dict, verbose_name='details')),
                ('is_scored', models.BooleanField(default=True, verbose_name='counts for the score')),
                ('is_contact', models.BooleanField(default=False, verbose_name='counts as contact')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='leads.lead', verbose_name='lead')),
                ('origin_lead', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.lead')),
                ('submission', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='activities', to='leads.submission')),
            ],
            options={
                'verbose_name': 'activity',
                'verbose_name_plural': 'activities',
                'ordering': ('-occurred_at', '-id'),
                'indexes': [models.Index(fields=['lead', '-occurred_at'], name='activity_lead_newest'), models.Index(condition=models.Q(('is_contact', True)), fields=['lead', 'occurred_at'], include=('outcome',), name='activity_contact'), models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='activity_actor'), models.Index(condition=models.Q(('origin_lead__isnull', False)), fields=['origin_lead'], name='activity_origin')],
                'constraints': [models.UniqueConstraint(fields=('external_id',), name='activity_external_id_once')],
            },
        ),
        migrations.CreateModel(
            name='Threshold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('target', 'Target'), ('mql', 'MQL')], max_length=8, verbose_name='stage')),
                ('min_fit', models.SmallIntegerField(default=0, verbose_name='fit at least')),
                ('min_interest', models.SmallIntegerField(default=0, verbose_name='interest at least')),
                ('min_intent', models.SmallIntegerField(default=0, verbose_name='intent at least')),
                ('rule_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='thresholds', to='leads.ruleset')),
            ],
            options={
                'verbose_name': 'threshold',
                'verbose_name_plural': 'thresholds',
                'ordering': ('rule_set', 'stage', 'id'),
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=32, verbose_name='version')),
                ('text', models.TextField(verbose_name='text')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_texts', to='leads.form', verbose_name='form')),
            ],
            options={
                'verbose_name': 'consent text',
                'verbose_name_plural': 'consent texts',
                'ordering': ('-since', '-id'),
                'constraints': [models.UniqueConstraint(fields=('form', 'version'), name='consent_version_once')],
            },
        ),
        migrations.RunSQL(RENEWAL, "DROP FUNCTION leads_renew_intake() CASCADE"),
    ]
