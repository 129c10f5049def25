"""Everything in one step for a new database; a database that has some of it takes the steps replaced here.

Depends on no more than these steps do: a database that has all of them is consistent.

What was proposed stays as it is, what was signed for good; and one agreement is in force on a day.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


STAYS = """
ALTER TABLE sla_agreement ADD CONSTRAINT agreement_one_in_force EXCLUDE USING gist (
  daterange(in_force_from, in_force_until + 1, '[)') WITH &&
) WHERE (signed_at IS NOT NULL);

CREATE FUNCTION sla_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stamps text[] := ARRAY['signed_at', 'in_force_from', 'in_force_until', 'entered_at', 'superseded_at'];
BEGIN
  IF OLD.proposed_at IS NOT NULL AND (
    TG_OP = 'DELETE'
    OR NEW.proposed_at IS NOT NULL AND to_jsonb(NEW) - stamps <> to_jsonb(OLD) - stamps
    OR OLD.signed_at IS NOT NULL AND (
      NEW.proposed_at IS NULL
      OR (NEW.signed_at, NEW.in_force_from) IS DISTINCT FROM (OLD.signed_at, OLD.in_force_from)
      OR NEW.in_force_until > OLD.in_force_until
      OR OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at
      OR OLD.entered_at IS NOT NULL AND NEW.entered_at IS DISTINCT FROM OLD.entered_at
    )
  ) THEN
    RAISE EXCEPTION 'An agreement that was proposed is not changed.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_stays BEFORE UPDATE OR DELETE ON sla_agreement
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement();

CREATE FUNCTION sla_keep_agreement_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM sla_agreement WHERE proposed_at IS NOT NULL
    AND (TG_OP <> 'INSERT' AND id = OLD.agreement_id OR TG_OP <> 'DELETE' AND id = NEW.agreement_id)
  ) THEN
    RAISE EXCEPTION 'An agreement that was proposed is not changed.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_rate_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementrate
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();
CREATE TRIGGER agreement_promise_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementpromise
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();
CREATE TRIGGER agreement_persona_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementpersona
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();

CREATE FUNCTION sla_keep_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A signature stays.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER signature_stays BEFORE UPDATE OR DELETE ON sla_agreementsignature
  FOR EACH ROW EXECUTE FUNCTION sla_keep_signature();
CREATE TRIGGER agreement_worth_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementworth
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();
"""
CHANGES = """
DROP FUNCTION sla_keep_signature() CASCADE;
DROP FUNCTION sla_keep_agreement_part() CASCADE;
DROP FUNCTION sla_keep_agreement() CASCADE;
ALTER TABLE sla_agreement DROP CONSTRAINT agreement_one_in_force;
"""

# The promises of a span are counted from an index alone, which a vacuum in time makes possible.
OFTEN = """
ALTER TABLE sla_clock SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('sla', '0001_initial'),
        ('sla', '0002_decide_and_deliver'),
        ('sla', '0003_clock_ends_and_retries'),
        ('sla', '0004_clock_queue'),
        ('sla', '0005_actions'),
        ('sla', '0006_mail_overtaken'),
        ('sla', '0007_mail_password'),
        ('sla', '0008_fewer_indexes'),
        ('sla', '0009_notices'),
        ('sla', '0010_agreement'),
        ('sla', '0011_weekly_mail'),
        ('sla', '0012_promises_and_signatures'),
        ('sla', '0013_agreements_stay'),
        ('sla', '0014_disputes'),
        ('sla', '0015_forecasts'),
        ('sla', '0016_report_mail'),
        ('sla', '0017_clock_newest'),
        ('sla', '0018_reviews'),
        ('sla', '0019_worth_of_leads'),
        ('sla', '0020_effort'),
        ('sla', '0021_clock_covering'),
        ('sla', '0022_forecast_revenues'),
        ('sla', '0023_forecast_revenue_rows'),
        ('sla', '0024_forecast_figures'),
        ('sla', '0025_sale_deals'),
    ]

    dependencies = [
        ('accounts', '0009_nightly_mail'),
        ('funnel', '0025_journey_given_up'),
        ('leads', '0022_told_of_reviews'),
    ]

    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
            ],
            options={
                'verbose_name': 'working calendar',
                'verbose_name_plural': 'working calendars',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='EngineBeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('beat_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ForecastSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('customers', models.PositiveIntegerField(verbose_name='customers until then')),
                ('days', models.PositiveIntegerField(verbose_name='days of history')),
                ('window', models.PositiveSmallIntegerField(default=0, verbose_name='days looked at')),
                ('wins', models.PositiveIntegerField(default=0, verbose_name='customers in them')),
                ('cells', models.JSONField(default=list)),
                ('past', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'forecast',
                'verbose_name_plural': 'forecasts',
                'ordering': ('-day',),
            },
        ),
        migrations.CreateModel(
            name='ForecastFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('horizon', models.CharField(choices=[('month', 'This month'), ('three', 'This month and the two after it')], max_length=8, verbose_name='period')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('won', models.PositiveIntegerField(verbose_name='won already')),
                ('open', models.FloatField(verbose_name='expected from open leads')),
                ('arriving', models.FloatField(verbose_name='expected from new leads')),
                ('low', models.FloatField(verbose_name='at least')),
                ('high', models.FloatField(verbose_name='at most')),
                ('spread', models.FloatField(verbose_name='spread')),
                ('came', models.PositiveIntegerField(null=True, verbose_name='customers that came')),
                ('by_chance', models.JSONField(default=list)),
                ('checked_at', models.DateTimeField(null=True, verbose_name='checked')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='sla.forecastsnapshot')),
            ],
            options={
                'verbose_name': 'period of a forecast',
                'verbose_name_plural': 'periods of a forecast',
                'ordering': ('snapshot', 'horizon'),
                'indexes': [models.Index(condition=models.Q(('checked_at', None)), fields=['last_day'], name='forecast_unchecked')],
                'constraints': [models.UniqueConstraint(fields=('snapshot', 'horizon'), name='forecast_figure_once'), models.CheckConstraint(condition=models.Q(('high__gte', models.F('low'))), name='forecast_figure_range')],
            },
        ),
        migrations.CreateModel(
            name='PolicyRevision',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('token', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('no_mql', 'This was no MQL'), ('unfair_return', 'This return was not fair')], max_length=16, verbose_name='what is disputed')),
                ('reason', models.TextField(verbose_name='why')),
                ('raised_at', models.DateTimeField(verbose_name='raised')),
                ('state', models.CharField(choices=[('open', 'Waits for the mediator'), ('upheld', 'Upheld'), ('refused', 'Refused')], default='open', max_length=8, verbose_name='state')),
                ('decision', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('change', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='funnel.stagechange', verbose_name='return')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='disputes', to='funnel.journey', verbose_name='journey')),
                ('raised_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='raised by')),
                ('rule_set', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.ruleset', verbose_name='scoring rules')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ('-raised_at', '-id'),
                'indexes': [models.Index(fields=['-raised_at', '-id'], name='dispute_newest')],
                'constraints': [models.UniqueConstraint(fields=('journey', 'kind'), name='dispute_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), models.Q(('decision', ''), _negated=True)), _connector='OR'), name='dispute_state_fits')],
            },
        ),
        migrations.CreateModel(
            name='ForecastRevenue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('won', models.FloatField(verbose_name='won already')),
                ('deals', models.FloatField(verbose_name='expected from deals')),
                ('open', models.FloatField(verbose_name='expected from open leads')),
                ('arriving', models.FloatField(verbose_name='expected from new leads')),
                ('low', models.FloatField(verbose_name='at least')),
                ('high', models.FloatField(verbose_name='at most')),
                ('came', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='revenue that came')),
                ('figure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revenues', to='sla.forecastfigure')),
            ],
            options={
                'verbose_name': 'revenue of a forecast',
                'verbose_name_plural': 'revenues of a forecast',
                'ordering': ('figure', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('figure', 'currency'), name='forecast_revenue_once'), models.CheckConstraint(condition=models.Q(('high__gte', models.F('low'))), name='forecast_revenue_range')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='sla.calendar')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ('calendar', 'day'),
                'constraints': [models.UniqueConstraint(fields=('calendar', 'day'), name='holiday_once')],
            },
        ),
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(choices=[('reminder', 'Reminder'), ('digest', 'Several reminders'), ('recycled', 'Lead recycled'), ('unassigned', 'Nobody eligible'), ('undeliverable', 'Reminder could not be delivered'), ('password', 'Link for a new password'), ('weekly', 'Weekly mail'), ('agreement', 'News of an agreement'), ('disputed', 'A dispute to decide'), ('judged', 'A dispute was decided'), ('delivered', 'Delivered against plan'), ('not_on_it', "Don't be on it"), ('review', 'Invitation to a review'), ('todo', 'A decision waits to be carried out')], max_length=16, verbose_name='kind')),
                ('address', models.EmailField(max_length=254, verbose_name='address')),
                ('context', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('sent', 'Sent'), ('skipped', 'No longer needed'), ('dead', 'Could not be delivered')], default='pending', max_length=8, verbose_name='state')),
                ('created_at', models.DateTimeField(verbose_name='written')),
                ('next_attempt_at', models.DateTimeField(verbose_name='next attempt')),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='failures of its own')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
                ('recipient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mails', to=settings.AUTH_USER_MODEL, verbose_name='to')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_attempt_at', 'id'], name='mail_due'), models.Index(condition=models.Q(('state', 'pending')), fields=['recipient'], name='mail_waiting_for'), models.Index(condition=models.Q(('failures__gte', 3), ('state', 'pending')), fields=['id'], name='mail_overtaken')],
            },
        ),
        migrations.CreateModel(
            name='MailAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('outcome', models.CharField(blank=True, max_length=200, verbose_name='outcome')),
                ('mail', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='sla.mail')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'ordering': ('started_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('reminder', 'Reminder'), ('digest', 'Several reminders'), ('recycled', 'Lead recycled'), ('unassigned', 'Nobody eligible'), ('undeliverable', 'Reminder could not be delivered'), ('password', 'Link for a new password'), ('weekly', 'Weekly mail'), ('agreement', 'News of an agreement'), ('disputed', 'A dispute to decide'), ('judged', 'A dispute was decided'), ('delivered', 'Delivered against plan'), ('not_on_it', "Don't be on it"), ('review', 'Invitation to a review'), ('todo', 'A decision waits to be carried out')], max_length=16, verbose_name='kind')),
                ('context', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(verbose_name='written')),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
                ('mail', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='sla.mail')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
                'indexes': [models.Index(condition=models.Q(('mail', None)), fields=['created_at', 'id'], name='notice_waiting')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('first_contact', 'First contact'), ('decision', 'Seven days to decide'), ('ae_decision', "The AE's week")], max_length=16, verbose_name='for')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('conditions', models.JSONField(blank=True, default=list, verbose_name='conditions')),
                ('time_base', models.CharField(choices=[('working', 'Working time'), ('wall', 'Calendar time')], default='working', max_length=8, verbose_name='counted in')),
                ('minutes', models.PositiveIntegerField(verbose_name='window in minutes')),
                ('attempts', models.PositiveSmallIntegerField(default=5, verbose_name='agreed attempts per lead')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='sla.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'policy',
                'verbose_name_plural': 'policies',
                'ordering': ('kind', 'position', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('first_contact', 'First contact'), ('decision', 'Seven days to decide'), ('ae_decision', "The AE's week")], max_length=16, verbose_name='promise')),
                ('state', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('met', 'Kept'), ('breached', 'Missed'), ('met_late', 'Kept late'), ('cancelled', 'Cancelled')], default='running', max_length=12, verbose_name='state')),
                ('minutes', models.PositiveIntegerField(verbose_name='window in minutes')),
                ('time_base', models.CharField(choices=[('working', 'Working time'), ('wall', 'Calendar time')], max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='agreed attempts')),
                ('steps', models.JSONField(default=list)),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('lead_started_at', models.DateTimeField(verbose_name='lead waiting since')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('held_seconds', models.BigIntegerField(default=0, verbose_name='paused, wall seconds')),
                ('held_working_seconds', models.BigIntegerField(default=0, verbose_name='paused, working seconds')),
                ('breached_at', models.DateTimeField(blank=True, null=True, verbose_name='missed')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('wall_seconds', models.BigIntegerField(blank=True, null=True, verbose_name='wall seconds')),
                ('working_seconds', models.BigIntegerField(blank=True, null=True, verbose_name='working seconds')),
                ('retry_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='failed attempts')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('calendar', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.calendar')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='funnel.journey')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='leads.lead')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='clocks', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('policy', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.policy')),
            ],
            options={
                'verbose_name': 'clock',
                'verbose_name_plural': 'clocks',
                'ordering': ('due_at', 'id'),
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['due_at'], name='clock_ring_due'), models.Index(condition=models.Q(('ended_at', None), ('retry_at__isnull', False)), fields=['retry_at'], name='clock_retry_due'), models.Index(condition=models.Q(('ended_at', None)), fields=['owner', 'due_at'], name='clock_owner'), models.Index(condition=models.Q(('ended_at', None), ('paused_at', None)), fields=['due_at', 'id'], name='clock_queue'), models.Index(fields=['lead', '-started_at'], name='clock_lead'), models.Index(fields=['-started_at', '-id'], include=('kind', 'owner', 'state', 'due_at', 'working_seconds', 'journey', 'lead', 'attempts'), name='clock_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('journey',), name='clock_one_ticking'), models.CheckConstraint(condition=models.Q(models.Q(('breached_at', None), ('ended_at', None), ('paused_at', None), ('state', 'running')), models.Q(('ended_at', None), ('paused_at__isnull', False), ('state', 'paused')), models.Q(('breached_at__isnull', False), ('paused_at', None), ('state', 'breached')), models.Q(('breached_at', None), ('ended_at__isnull', False), ('state__in', ['met', 'cancelled'])), models.Q(('breached_at__isnull', False), ('ended_at__isnull', False), ('state', 'met_late')), _connector='OR'), name='clock_state_fits')],
            },
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset', models.IntegerField(verbose_name='minutes after due')),
                ('recipients', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('rep', 'Rep'), ('boss', "Rep's boss"), ('ceo', 'CEO'), ('marketing', 'Marketing')], max_length=12), size=None, verbose_name='tell')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='sla.policy')),
            ],
            options={
                'verbose_name': 'policy step',
                'verbose_name_plural': 'policy steps',
                'ordering': ('policy', 'offset', 'id'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'offset'), name='policy_step_offset_once')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveSmallIntegerField(verbose_name='step')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('skipped', 'No longer needed'), ('dead', 'Could not be delivered')], default='pending', max_length=8, verbose_name='state')),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('context', models.JSONField(blank=True, default=dict)),
                ('clock', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='sla.clock')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
                'ordering': ('-due_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['due_at', 'id'], name='reminder_due'), models.Index(fields=['-due_at', '-id'], name='reminder_newest')],
                'constraints': [models.UniqueConstraint(fields=('clock', 'step'), name='reminder_once')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=12, verbose_name='as')),
                ('mail', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='sla.mail')),
                ('reminder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='sla.reminder')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'indexes': [models.Index(condition=models.Q(('role', 'ceo')), fields=['reminder'], name='delivery_to_the_top')],
                'constraints': [models.UniqueConstraint(fields=('reminder', 'mail'), name='delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('delivered', 'Delivered against plan'), ('not_on_it', "Don't be on it"), ('weekly', 'Weekly mail')], max_length=16, unique=True, verbose_name='report')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('time', models.TimeField(verbose_name='time of day')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')]), size=None, verbose_name='on')),
                ('time_zone', models.CharField(blank=True, max_length=64, verbose_name='time zone')),
                ('audiences', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('marketing', "Marketers and marketing's managers"), ('sales', "Reps and sales' managers"), ('heads', 'Managers who report to no other manager: the heads of both teams'), ('executives', 'Executives (CEO)'), ('admins', 'Administrators')], max_length=12), blank=True, size=None, verbose_name='goes to')),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('plan', 'Delivered against plan, and how the month will end at this rate'), ('sources', 'Delivered by source'), ('verdicts', 'What sales accepted and gave back'), ('not_contacted', 'Leads not contacted in time since the last mail'), ('few_attempts', 'Leads given up, or two weeks old, under the agreed attempts'), ('by_rep', 'How many each rep has on the list'), ('escalated', 'What escalated to the CEO'), ('promises', 'Both promises: the week before, and this month until now')], max_length=16), size=None, verbose_name='tells')),
                ('even_if_empty', models.BooleanField(default=True, verbose_name='also when there is nothing to tell')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.calendar', verbose_name='working calendar')),
            ],
            options={
                'verbose_name': 'report by mail',
                'verbose_name_plural': 'reports by mail',
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('weekdays__len__gt', 0), ('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6]), models.Q(models.Q(('kind', 'weekly'), _negated=True), ('weekdays__len', 1), _connector='OR')), name='report_mail_has_days')],
            },
        ),
        migrations.CreateModel(
            name='ReportReceiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receivers', to='sla.reportmail')),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'verbose_name': 'receiver of a report',
                'verbose_name_plural': 'receivers of a report',
                'ordering': ('report', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person', None), ('team__isnull', False)), models.Q(('person__isnull', False), ('team', None)), _connector='OR'), name='report_receiver_is_one'), models.UniqueConstraint(fields=('report', 'person'), name='report_receiver_person_once'), models.UniqueConstraint(fields=('report', 'team'), name='report_receiver_team_once')],
            },
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('start_minute', models.PositiveSmallIntegerField(verbose_name='from (minutes after midnight)')),
                ('end_minute', models.PositiveSmallIntegerField(verbose_name='until (minutes after midnight)')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='sla.calendar')),
            ],
            options={
                'verbose_name': 'working hours',
                'verbose_name_plural': 'working hours',
                'ordering': ('calendar', 'weekday', 'start_minute'),
                'constraints': [models.CheckConstraint(condition=models.Q(('end_minute__gt', models.F('start_minute')), ('end_minute__lte', 1440)), name='hours_end_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('token', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('call', 'Call logged'), ('email_sent', 'E-mail logged'), ('meeting', 'Meeting logged'), ('qualify', 'Accepted as SQL'), ('convert', 'Converted to opportunity'), ('postpone', 'Postponed'), ('resume', 'Resumed'), ('recycle', 'Returned to marketing'), ('disqualify', 'Disqualified'), ('reassign', 'Given to somebody else'), ('win', 'Deal won'), ('lose', 'Deal lost')], max_length=12, verbose_name='action')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('said', models.JSONField(blank=True, default=dict, verbose_name='details')),
                ('before', models.JSONField(blank=True, default=dict, editable=False)),
                ('after', models.JSONField(blank=True, default=dict, editable=False)),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='leads.lead', verbose_name='lead')),
            ],
            options={
                'verbose_name': 'action',
                'verbose_name_plural': 'actions',
                'ordering': ('-at',),
                'indexes': [models.Index(fields=['actor', '-at'], name='action_actor')],
            },
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('series', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('revenue', models.DecimalField(decimal_places=2, max_digits=14, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='revenue goal')),
                ('sale', models.DecimalField(decimal_places=2, max_digits=14, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='average sale')),
                ('sale_deals', models.PositiveIntegerField(default=0, editable=False, verbose_name='won deals that the average sale was measured on')),
                ('sdrs', models.PositiveSmallIntegerField(default=0, verbose_name='SDRs')),
                ('aes', models.PositiveSmallIntegerField(default=0, verbose_name='account executives')),
                ('attempts', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='attempts per MQL')),
                ('attempt_minutes', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='minutes per attempt')),
                ('sql_minutes', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='minutes per SQL')),
                ('lead_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='percent of the working time')),
                ('worth_by', models.CharField(choices=[('seniority', 'Level'), ('persona', 'Buyer persona'), ('size', 'Company size')], default='seniority', max_length=12, verbose_name='value by')),
                ('review_every', models.CharField(choices=[('week', 'every week'), ('fortnight', 'every two weeks'), ('month', 'every month'), ('quarter', 'every quarter')], default='month', max_length=12, verbose_name='review meeting')),
                ('notes', models.TextField(blank=True, max_length=4000, verbose_name='also agreed')),
                ('proposals', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('proposed_at', models.DateTimeField(blank=True, null=True, verbose_name='proposed')),
                ('frozen', models.JSONField(blank=True, editable=False, null=True)),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed by both')),
                ('in_force_from', models.DateField(blank=True, null=True, verbose_name='in force from')),
                ('in_force_until', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('entered_at', models.DateTimeField(blank=True, null=True, verbose_name='entered into force')),
                ('superseded_at', models.DateTimeField(blank=True, null=True, verbose_name='superseded')),
                ('marketing_head', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='head of marketing')),
                ('mediator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='mediator')),
                ('previous', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next', to='sla.agreement', verbose_name='version before')),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule_set', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.ruleset', verbose_name='scoring version')),
                ('sales_head', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='head of sales')),
            ],
            options={
                'verbose_name': 'agreement',
                'verbose_name_plural': 'agreements',
                'ordering': ('-first_day', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='agreement_ends_after'), models.CheckConstraint(condition=models.Q(('revenue__gt', 0), ('sale__gt', 0)), name='agreement_money_positive'), models.CheckConstraint(condition=models.Q(('marketing_head', models.F('sales_head')), _negated=True), name='agreement_two_people'), models.UniqueConstraint(fields=('series', 'version'), name='agreement_version_once'), models.CheckConstraint(condition=models.Q(models.Q(('in_force_from', None), ('in_force_until', None), ('signed_at', None)), models.Q(('in_force_from__isnull', False), ('in_force_until__isnull', False), ('proposed_at__isnull', False), ('signed_at__isnull', False)), _connector='OR'), name='agreement_signed_has_days')],
            },
        ),
        migrations.CreateModel(
            name='AgreementPersona',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='persona_rows', to='sla.agreement')),
                ('persona', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.persona')),
            ],
            options={
                'verbose_name': 'persona of an agreement',
                'verbose_name_plural': 'personas of an agreement',
                'ordering': ('persona__position', 'persona__name'),
                'constraints': [models.UniqueConstraint(fields=('agreement', 'persona'), name='agreement_persona_once')],
            },
        ),
        migrations.CreateModel(
            name='AgreementPromise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('mqls', 'MQLs per month'), ('mql_value', 'Value of MQLs per month'), ('first_contact', 'First contact in time'), ('attempts', 'Attempts per lead before giving up'), ('decision', 'Decision in time'), ('ae_decision', "The AE's decision in time"), ('accepted_share', 'Share of MQLs accepted by sales')], max_length=16, verbose_name='promise')),
                ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales')], max_length=16, verbose_name='promised by')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='amount')),
                ('minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='working minutes')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days')),
                ('target_percent', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True, verbose_name='share in percent')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promises', to='sla.agreement')),
            ],
            options={
                'verbose_name': 'promise of an agreement',
                'verbose_name_plural': 'promises of an agreement',
                'ordering': ('agreement', 'id'),
                'constraints': [models.UniqueConstraint(fields=('agreement', 'kind', 'source'), name='promise_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('mqls', 'mql_value', 'attempts')), ('amount__gt', 0), ('amount__isnull', False)), models.Q(('kind__in', ('first_contact', 'decision', 'ae_decision', 'accepted_share')), ('target_percent__gt', 0), ('target_percent__isnull', False), ('target_percent__lte', 100)), _connector='OR'), name='promise_has_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'first_contact'), _negated=True), models.Q(('minutes__gte', 1), ('minutes__isnull', False)), _connector='OR'), name='promise_of_contact_in_minutes'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('decision', 'ae_decision')), _negated=True), models.Q(('days__gte', 1), ('days__isnull', False)), _connector='OR'), name='promise_of_decision_in_days'), models.CheckConstraint(condition=models.Q(('kind__in', ('mqls', 'mql_value')), ('source', ''), _connector='OR'), name='promise_by_source_is_marketings')],
            },
        ),
        migrations.CreateModel(
            name='AgreementRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('new_name', 'New name'), ('engaged', 'Engaged'), ('target', 'Target'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer')], max_length=12, verbose_name='stage reached')),
                ('percent', models.DecimalField(decimal_places=3, max_digits=6, verbose_name='rate in percent')),
                ('entered', models.PositiveIntegerField(default=0, verbose_name='measured on')),
                ('reached', models.PositiveIntegerField(default=0, verbose_name='of which reached it')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='sla.agreement')),
            ],
            options={
                'verbose_name': 'rate of an agreement',
                'verbose_name_plural': 'rates of an agreement',
                'ordering': ('agreement', 'id'),
                'constraints': [models.UniqueConstraint(fields=('agreement', 'stage'), name='agreement_rate_once'), models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='agreement_rate_share')],
            },
        ),
        migrations.CreateModel(
            name='AgreementSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('proposal', models.PositiveSmallIntegerField()),
                ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales')], max_length=16, verbose_name='for')),
                ('signed_at', models.DateTimeField(verbose_name='signed')),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='sla.agreement')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed by')),
            ],
            options={
                'verbose_name': 'signature',
                'verbose_name_plural': 'signatures',
                'ordering': ('signed_at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('agreement', 'proposal', 'side'), name='signature_once_a_side'), models.UniqueConstraint(fields=('agreement', 'proposal', 'user'), name='signature_once_a_person')],
            },
        ),
        migrations.CreateModel(
            name='AgreementWorth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(blank=True, max_length=40, verbose_name='group')),
                ('weight', models.DecimalField(decimal_places=3, max_digits=7, verbose_name='weight')),
                ('share', models.DecimalField(decimal_places=3, max_digits=6, verbose_name='share in percent')),
                ('leads', models.PositiveIntegerField(default=0, verbose_name='measured on')),
                ('won', models.PositiveIntegerField(default=0, verbose_name='of which won')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='worths', to='sla.agreement')),
            ],
            options={
                'verbose_name': 'value of a lead',
                'verbose_name_plural': 'values of leads',
                'ordering': ('agreement', 'id'),
                'constraints': [models.UniqueConstraint(fields=('agreement', 'group'), name='agreement_worth_once'), models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 100), ('weight__gte', 0)), name='agreement_worth_numbers')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='starts')),
                ('minutes_long', models.PositiveSmallIntegerField(default=60, verbose_name='minutes')),
                ('place', models.CharField(blank=True, max_length=300, verbose_name='room or link')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('sequence', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('planned_at', models.DateTimeField(editable=False, verbose_name='time set')),
                ('held_at', models.DateTimeField(blank=True, null=True, verbose_name='held')),
                ('agenda', models.JSONField(blank=True, editable=False, null=True)),
                ('minutes', models.TextField(blank=True, verbose_name='minutes of the meeting')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='sla.agreement', verbose_name='agreement')),
                ('minutes_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organizer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                ('participants', models.ManyToManyField(related_name='reviews', to=settings.AUTH_USER_MODEL, verbose_name='participants')),
            ],
            options={
                'verbose_name': 'review meeting',
                'verbose_name_plural': 'review meetings',
                'ordering': ('-starts_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('held_at', None)), fields=('agreement',), name='review_one_to_come'), models.CheckConstraint(condition=models.Q(models.Q(('agenda', None), ('held_at', None)), models.Q(('agenda__isnull', False), ('held_at__isnull', False)), _connector='OR'), name='review_held_has_agenda')],
            },
        ),
        migrations.CreateModel(
            name='ReviewDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=500, verbose_name='decision')),
                ('due_on', models.DateField(verbose_name='until')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.agreement', verbose_name='led to this agreement')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_decisions', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.policy', verbose_name='led to this promise')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='sla.review')),
                ('rule_set', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.ruleset', verbose_name='led to these scoring rules')),
            ],
            options={
                'verbose_name': 'decision of a review',
                'verbose_name_plural': 'decisions of a review',
                'ordering': ('due_on', 'id'),
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_on'], name='review_decision_open')],
            },
        ),
        migrations.AddField(
            model_name='agreement',
            name='personas',
            field=models.ManyToManyField(blank=True, related_name='+', through='sla.AgreementPersona', to='leads.persona', verbose_name='buyer personas'),
        ),
        migrations.RunSQL(STAYS, CHANGES),
        migrations.RunSQL(OFTEN, migrations.RunSQL.noop),
    ]
