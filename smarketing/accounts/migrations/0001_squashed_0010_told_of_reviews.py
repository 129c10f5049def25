"""Everything in one step for a new database; a database that has some of it takes the steps replaced here.

The audit log of configuration is kept from being altered by the database itself.
"""

import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import smarketing.accounts.models.user
from django.conf import settings
from django.db import migrations, models


ONLY_ADDED_TO = """
CREATE FUNCTION accounts_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is only ever added to.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER change_is_final BEFORE UPDATE OR DELETE ON accounts_configchange
  FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_config_changes'),
        ('accounts', '0003_user_preferences'),
        ('accounts', '0004_organization'),
        ('accounts', '0005_weekly_mail'),
        ('accounts', '0006_agreement_notification'),
        ('accounts', '0007_told_of_disputes'),
        ('accounts', '0008_told_of_rescores'),
        ('accounts', '0009_nightly_mail'),
        ('accounts', '0010_told_of_reviews'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='company')),
                ('steps_done', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None, verbose_name='steps done')),
                ('setup_finished_at', models.DateTimeField(blank=True, null=True, verbose_name='setup finished')),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'companies',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='organization_only_one')],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales')], max_length=16, verbose_name='side')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.team', verbose_name='part of')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                ('role', models.CharField(choices=[('marketer', 'Marketer'), ('sdr', 'Sales development rep (SDR)'), ('ae', 'Account executive (AE)'), ('manager', 'Manager'), ('executive', 'Executive (CEO)'), ('admin', 'Administrator')], default='marketer', max_length=16, verbose_name='role')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], default='en', max_length=8, verbose_name='language')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('colour_scheme', models.CharField(choices=[('auto', 'Automatic'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=8, verbose_name='appearance')),
                ('keyboard_shortcuts', models.BooleanField(default=True, verbose_name='keyboard shortcuts')),
                ('muted_notifications', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('assigned', 'A lead was handed to me'), ('reminded', 'A promise of mine comes due'), ('escalated', 'A promise of my team was not kept'), ('recycled', 'A lead came back to marketing'), ('unassigned', 'Nobody could take a lead'), ('undeliverable', 'A reminder did not arrive'), ('imported', 'An import has ended'), ('published', 'New scoring rules count'), ('rescored', 'A re-score that I started has ended'), ('agreement', 'An agreement waits for me or changed'), ('disputed', 'A dispute waits for me'), ('judged', 'A dispute was decided'), ('review', 'I am invited to a review'), ('todo', 'A decision waits for me')], max_length=16), blank=True, default=list, size=None, verbose_name='not told inside the product')),
                ('weekly_mail', models.BooleanField(default=True, verbose_name='weekly mail')),
                ('nightly_mail', models.BooleanField(default=True, verbose_name='nightly mails')),
                ('external_id', models.CharField(blank=True, help_text='Key of this person in an imported history.', max_length=120, null=True, unique=True, verbose_name='external id')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('reports_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL, verbose_name='reports to')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='members', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'ordering': ('first_name', 'last_name', 'email'),
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_ci_unique'), models.CheckConstraint(condition=models.Q(('reports_to', models.F('id')), _negated=True), name='user_not_own_boss')],
            },
            managers=[
                ('objects', smarketing.accounts.models.user.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=12, verbose_name='first characters')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('leads:read', 'Read leads'), ('leads:write', 'Create, change and move leads'), ('activities:write', 'Record activities'), ('funnel:read', 'Read the funnel report'), ('reminders:read', 'Read the reminders ledger')], max_length=32), size=None, verbose_name='scopes')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'absence',
                'verbose_name_plural': 'absences',
                'ordering': ('starts_at',),
                'indexes': [models.Index(fields=['user', 'ends_at'], name='absence_user_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='ConfigChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('origin', models.CharField(choices=[('browser', 'Browser'), ('api', 'API'), ('admin', 'Admin pages'), ('command', 'Command or job')], max_length=8, verbose_name='by way of')),
                ('kind', models.CharField(max_length=60, verbose_name='kind')),
                ('object_id', models.CharField(max_length=40, verbose_name='id')),
                ('object_name', models.CharField(max_length=200, verbose_name='name')),
                ('action', models.CharField(choices=[('created', 'Created'), ('changed', 'Changed'), ('deleted', 'Deleted')], max_length=8, verbose_name='what happened')),
                ('changes', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='changes')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'change of configuration',
                'verbose_name_plural': 'changes of configuration',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['-at', '-id'], name='change_at'), models.Index(fields=['kind', 'object_id', '-at'], name='change_object'), models.Index(fields=['actor', '-at'], name='change_actor')],
            },
        ),
        migrations.RunSQL(ONLY_ADDED_TO, "DROP FUNCTION accounts_refuse_rewriting() CASCADE"),
    ]
