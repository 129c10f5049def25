"""Everything in one step for a new database; a database that has some of it takes the steps replaced here.

Depends on no more than these steps do: a database that has all of them is consistent.

Triggers tell the rollups of every change to a journey, a won deal or a lead's owner. In the database
rather than in services: a merge, an erasure, a campaign set to null by its deletion, a bulk load and a
hand-written UPDATE are counted as surely as a move, and the image commits or vanishes with the change
it tells. ``FOR SHARE`` of the lead keeps its owner as it was counted: who changes it waits, or is
waited for. ``enable_seqscan = off``: a function's statements are planned once for a session; planned
while a table is empty they would read all of it, for each row of a large import.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


TELLING = """
CREATE FUNCTION funnel_owner_of(lead bigint) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  owner bigint;
BEGIN
  SELECT owner_id INTO owner FROM leads_lead WHERE id = lead FOR SHARE;
  RETURN owner;
END $$;

CREATE FUNCTION funnel_tell_deals(of bigint, how int, j funnel_journey, owner bigint)
  RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
      stage, status, reason, is_current, amount, currency)
    SELECT 'deal', how, j.entered_at, j.source, j.landing_page, j.campaign_id, owner,
           '', '', '', false, amount, currency
      FROM funnel_opportunity WHERE journey_id = of AND status = 'won';
END $$;

CREATE FUNCTION funnel_tell_journey() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was bigint;
  owner bigint;
BEGIN
  IF TG_OP <> 'DELETE' THEN owner := funnel_owner_of(NEW.lead_id); END IF;
  IF TG_OP <> 'INSERT' THEN
    was := owner;
    IF TG_OP = 'DELETE' OR OLD.lead_id <> NEW.lead_id THEN was := funnel_owner_of(OLD.lead_id); END IF;
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', -1, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, was,
        OLD.stage, OLD.status, OLD.reason, OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at,
        OLD.sql_at, OLD.opportunity_at, OLD.customer_at, OLD.closed_at, '');
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', 1, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, owner,
        NEW.stage, NEW.status, NEW.reason, NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at,
        NEW.sql_at, NEW.opportunity_at, NEW.customer_at, NEW.closed_at, '');
  END IF;
  -- A deal is counted under its journey's entry, source, page, campaign and owner: it moves with them.
  IF TG_OP = 'DELETE' THEN
    PERFORM funnel_tell_deals(OLD.id, -1, OLD, was);
  ELSIF TG_OP = 'UPDATE' AND (OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, was)
        IS DISTINCT FROM (NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, owner) THEN
    PERFORM funnel_tell_deals(OLD.id, -1, OLD, was), funnel_tell_deals(NEW.id, 1, NEW, owner);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER journey_told AFTER INSERT OR DELETE ON funnel_journey
  FOR EACH ROW EXECUTE FUNCTION funnel_tell_journey();
CREATE TRIGGER journey_change_told AFTER UPDATE ON funnel_journey
  FOR EACH ROW WHEN (
    (OLD.lead_id, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, OLD.stage, OLD.status,
     OLD.reason, OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at, OLD.sql_at, OLD.opportunity_at,
     OLD.customer_at, OLD.closed_at)
    IS DISTINCT FROM
    (NEW.lead_id, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, NEW.stage, NEW.status,
     NEW.reason, NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at, NEW.sql_at, NEW.opportunity_at,
     NEW.customer_at, NEW.closed_at))
  EXECUTE FUNCTION funnel_tell_journey();

CREATE FUNCTION funnel_tell_deal() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  j funnel_journey;
BEGIN
  -- FOR SHARE: a journey whose campaign is being changed right now is waited for, not misread.
  IF TG_OP <> 'INSERT' AND OLD.status = 'won' THEN
    SELECT * INTO j FROM funnel_journey WHERE id = OLD.journey_id FOR SHARE;
    IF FOUND THEN
      INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
          stage, status, reason, is_current, amount, currency)
        VALUES ('deal', -1, j.entered_at, j.source, j.landing_page, j.campaign_id, funnel_owner_of(j.lead_id),
                '', '', '', false, OLD.amount, OLD.currency);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = 'won' THEN
    SELECT * INTO j FROM funnel_journey WHERE id = NEW.journey_id FOR SHARE;
    IF FOUND THEN
      INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
          stage, status, reason, is_current, amount, currency)
        VALUES ('deal', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, funnel_owner_of(j.lead_id),
                '', '', '', false, NEW.amount, NEW.currency);
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER deal_told AFTER INSERT OR DELETE ON funnel_opportunity
  FOR EACH ROW EXECUTE FUNCTION funnel_tell_deal();
CREATE TRIGGER deal_change_told AFTER UPDATE ON funnel_opportunity
  FOR EACH ROW WHEN (
    (OLD.status, OLD.amount, OLD.currency, OLD.journey_id)
    IS DISTINCT FROM (NEW.status, NEW.amount, NEW.currency, NEW.journey_id))
  EXECUTE FUNCTION funnel_tell_deal();

CREATE FUNCTION funnel_tell_owner() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  j funnel_journey;
  owner bigint;
BEGIN
  -- A lead deleted by hand before its journeys leaves them without an owner until they go, too.
  IF TG_OP = 'UPDATE' THEN owner := NEW.owner_id; END IF;
  FOR j IN SELECT * FROM funnel_journey WHERE lead_id = OLD.id LOOP
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      SELECT 'journey', told.sign, j.entered_at, j.source, j.landing_page, j.campaign_id, told.owner,
             j.stage, j.status, j.reason, j.is_current, j.engaged_at, j.target_at, j.mql_at, j.sql_at,
             j.opportunity_at, j.customer_at, j.closed_at, ''
        FROM (VALUES (-1, OLD.owner_id), (1, owner)) AS told (sign, owner);
    PERFORM funnel_tell_deals(j.id, -1, j, OLD.owner_id), funnel_tell_deals(j.id, 1, j, owner);
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER owner_change_told AFTER UPDATE OF owner_id ON leads_lead
  FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id) EXECUTE FUNCTION funnel_tell_owner();
CREATE TRIGGER owner_gone_told AFTER DELETE ON leads_lead
  FOR EACH ROW WHEN (OLD.owner_id IS NOT NULL) EXECUTE FUNCTION funnel_tell_owner();
"""

# No current journey is recycled, and the newest are never won: without statistics of both columns
# together the planner expects plenty and walks a million leads to find none.
STATISTICS = "CREATE STATISTICS journey_current_status (mcv) ON is_current, status FROM funnel_journey"

SILENCE = """
DROP FUNCTION funnel_tell_owner() CASCADE;
DROP FUNCTION funnel_tell_deal() CASCADE;
DROP FUNCTION funnel_tell_journey() CASCADE;
DROP FUNCTION funnel_tell_deals(bigint, int, funnel_journey, bigint);
DROP FUNCTION funnel_owner_of(bigint);
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('funnel', '0001_initial'),
        ('funnel', '0002_rollups'),
        ('funnel', '0003_rollup_triggers'),
        ('funnel', '0004_journey_indexes'),
        ('funnel', '0005_routing_everybody'),
        ('funnel', '0006_journey_imported_at'),
        ('funnel', '0007_packed_cells'),
        ('funnel', '0008_targets_and_stamps'),
        ('funnel', '0009_more_grains'),
        ('funnel', '0010_journey_rare_status'),
        ('funnel', '0011_fewer_indexes'),
        ('funnel', '0012_saved_views'),
        ('funnel', '0013_bulk_jobs'),
        ('funnel', '0014_returned_leads'),
        ('funnel', '0015_opportunity_name_and_step'),
        ('funnel', '0016_owner_cells'),
        ('funnel', '0017_bulk_route'),
        ('funnel', '0018_more_cubes'),
        ('funnel', '0019_bulk_labels'),
        ('funnel', '0020_bulk_take_back'),
        ('funnel', '0021_null_is_not_indexed'),
        ('funnel', '0022_campaign_page_cells'),
        ('funnel', '0023_tell_by_key'),
        ('funnel', '0024_event_cells'),
        ('funnel', '0025_journey_given_up'),
        ('funnel', '0026_handed_over'),
        ('funnel', '0027_hoped_amount'),
    ]

    dependencies = [
        ('accounts', '0001_initial'),
        ('leads', '0021_null_is_not_indexed'),
    ]

    operations = [
        migrations.CreateModel(
            name='RollupDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('journey', 'Journey'), ('deal', 'Won deal')], max_length=8)),
                ('sign', models.SmallIntegerField()),
                ('entered_at', models.DateTimeField()),
                ('source', models.CharField(max_length=120)),
                ('landing_page', models.CharField(max_length=500)),
                ('campaign_id', models.BigIntegerField(null=True)),
                ('owner_id', models.BigIntegerField(null=True)),
                ('stage', models.CharField(blank=True, max_length=12)),
                ('status', models.CharField(blank=True, max_length=12)),
                ('reason', models.CharField(blank=True, max_length=16)),
                ('is_current', models.BooleanField(default=False)),
                ('engaged_at', models.DateTimeField(null=True)),
                ('target_at', models.DateTimeField(null=True)),
                ('mql_at', models.DateTimeField(null=True)),
                ('sql_at', models.DateTimeField(null=True)),
                ('opportunity_at', models.DateTimeField(null=True)),
                ('customer_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
            ],
            options={
                'verbose_name': 'rollup delta',
                'verbose_name_plural': 'rollup deltas',
            },
        ),
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('role', models.CharField(choices=[('sdr', 'SDR, at MQL'), ('ae', 'AE, at SQL')], max_length=4, verbose_name='for')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('countries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, help_text='Empty: any country.', size=None, verbose_name='countries')),
                ('min_employees', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees from')),
                ('max_employees', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees up to')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('takes_everybody', models.BooleanField(default=False, help_text="Everybody with this role joins the pool by themselves, at the pool's level.", verbose_name='everybody')),
            ],
            options={
                'verbose_name': 'routing rule',
                'verbose_name_plural': 'routing rules',
                'ordering': ('role', 'position', 'id'),
            },
        ),
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('reassign', 'Give to somebody else'), ('route', 'Let routing distribute'), ('hand_off', 'Hand to sales'), ('recycle', 'Return to marketing'), ('disqualify', 'Disqualify'), ('enter', 'Start over'), ('campaign', 'Set the campaign'), ('persona', 'Set the buyer persona'), ('take_back', 'Take back')], max_length=12, verbose_name='action')),
                ('params', models.JSONField(default=dict)),
                ('journey_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('position', models.PositiveIntegerField(default=0)),
                ('failures', models.JSONField(default=list)),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('is_cancelled', models.BooleanField(default=False, verbose_name='cancelled')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'bulk action',
                'verbose_name_plural': 'bulk actions',
                'ordering': ('-started_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='bulk_job_open')],
            },
        ),
        migrations.CreateModel(
            name='Journey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(default=1, verbose_name='cycle')),
                ('is_current', models.BooleanField(default=True)),
                ('stage', models.CharField(choices=[('new_name', 'New name'), ('engaged', 'Engaged'), ('target', 'Target'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer')], default='new_name', max_length=12, verbose_name='stage')),
                ('status', models.CharField(choices=[('active', 'Active'), ('postponed', 'Postponed'), ('recycled', 'Recycled'), ('disqualified', 'Disqualified'), ('lost', 'Lost'), ('won', 'Won')], default='active', max_length=12, verbose_name='status')),
                ('stage_since', models.DateTimeField(verbose_name='in stage since')),
                ('resume_at', models.DateTimeField(blank=True, null=True, verbose_name='resumes')),
                ('reason', models.CharField(blank=True, choices=[('not_ready', 'Not ready to buy yet'), ('no_budget', 'No budget'), ('no_authority', 'Not the decision-maker'), ('no_need', 'No need'), ('wrong_fit', 'Does not match the ideal customer'), ('unreachable', 'Could not be reached'), ('timing', 'Wrong moment, later'), ('competitor', 'Chose a competitor'), ('price', 'Too expensive'), ('duplicate', 'Duplicate'), ('spam', 'Not a real person'), ('not_decided', 'Not decided in time'), ('other', 'Other')], max_length=16, verbose_name='reason')),
                ('unassigned_since', models.DateTimeField(blank=True, null=True, verbose_name='unassigned since')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('version', models.PositiveIntegerField(default=1, help_text='Counts moves; stale tabs are told by it.')),
                ('entered_at', models.DateTimeField(verbose_name='entered')),
                ('engaged_at', models.DateTimeField(blank=True, null=True, verbose_name='engaged')),
                ('target_at', models.DateTimeField(blank=True, null=True, verbose_name='target')),
                ('mql_at', models.DateTimeField(blank=True, null=True, verbose_name='MQL (handed off)')),
                ('sql_at', models.DateTimeField(blank=True, null=True, verbose_name='SQL')),
                ('opportunity_at', models.DateTimeField(blank=True, null=True, verbose_name='opportunity')),
                ('customer_at', models.DateTimeField(blank=True, null=True, verbose_name='customer')),
                ('imported_at', models.DateTimeField(blank=True, editable=False, help_text='Until it moves after that, nobody waits for it: no clock runs and nobody is told.', null=True, verbose_name='loaded from an export')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('landing_page', models.CharField(blank=True, max_length=500, verbose_name='landing page')),
                ('campaign', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='journeys', to='leads.campaign', verbose_name='campaign')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='journeys', to='leads.lead', verbose_name='lead')),
            ],
            options={
                'verbose_name': 'journey',
                'verbose_name_plural': 'journeys',
                'ordering': ('-entered_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('is_current', True)), fields=['stage', '-stage_since', '-id'], name='journey_stage_newest'), models.Index(condition=models.Q(('status', 'postponed')), fields=['resume_at'], name='journey_resume'), models.Index(condition=models.Q(('unassigned_since__isnull', False)), fields=['unassigned_since'], name='journey_unassigned'), models.Index(condition=models.Q(('is_current', True), models.Q(('status', 'active'), _negated=True)), fields=['status'], name='journey_rare_status'), models.Index(fields=['-entered_at', '-id'], name='journey_newest'), models.Index(fields=['landing_page', '-entered_at'], name='journey_landing_page'), models.Index(condition=models.Q(('campaign__isnull', False)), fields=['campaign'], name='journey_campaign'), models.Index(condition=models.Q(('mql_at__isnull', False), ('status__in', ('recycled', 'disqualified'))), fields=['closed_at'], include=('id', 'mql_at'), name='journey_given_up'), models.Index(condition=models.Q(('mql_at__isnull', False)), fields=['mql_at'], name='journey_handed_over'), models.Index(condition=models.Q(('customer_at__isnull', False)), fields=['customer_at'], name='journey_won'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['engaged_at', 'target_at', 'mql_at', 'sql_at', 'opportunity_at', 'customer_at'], name='journey_stamps', pages_per_range=32), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['closed_at'], name='journey_closed', pages_per_range=32)],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('lead',), name='journey_one_current'), models.UniqueConstraint(fields=('lead', 'number'), name='journey_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('resume_at__isnull', False), ('status', 'postponed')), models.Q(models.Q(('status', 'postponed'), _negated=True), ('resume_at__isnull', True)), _connector='OR'), name='journey_postponed_has_date'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('status__in', ['active', 'postponed'])), models.Q(models.Q(('status__in', ['active', 'postponed']), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='journey_closed_has_time')],
            },
        ),
        migrations.CreateModel(
            name='BulkBefore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField(default=dict)),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='found', to='funnel.bulkjob')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='funnel.journey')),
            ],
            options={
                'verbose_name': 'what a bulk action found',
                'verbose_name_plural': 'what bulk actions found',
                'constraints': [models.UniqueConstraint(fields=('job', 'journey'), name='bulk_before_once')],
            },
        ),
        migrations.CreateModel(
            name='Opportunity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name of the deal')),
                ('next_step', models.TextField(blank=True, verbose_name='next step')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('hoped_amount', models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True)),
                ('hoped_currency', models.CharField(blank=True, editable=False, max_length=3)),
                ('expected_close', models.DateField(blank=True, null=True, verbose_name='expected close')),
                ('status', models.CharField(choices=[('open', 'Open'), ('won', 'Won'), ('lost', 'Lost')], default='open', max_length=8, verbose_name='status')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('reason', models.CharField(blank=True, choices=[('not_ready', 'Not ready to buy yet'), ('no_budget', 'No budget'), ('no_authority', 'Not the decision-maker'), ('no_need', 'No need'), ('wrong_fit', 'Does not match the ideal customer'), ('unreachable', 'Could not be reached'), ('timing', 'Wrong moment, later'), ('competitor', 'Chose a competitor'), ('price', 'Too expensive'), ('duplicate', 'Duplicate'), ('spam', 'Not a real person'), ('not_decided', 'Not decided in time'), ('other', 'Other')], max_length=16, verbose_name='reason')),
                ('data', models.JSONField(blank=True, default=dict, verbose_name='details')),
                ('journey', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='opportunity', to='funnel.journey')),
            ],
            options={
                'verbose_name': 'opportunity',
                'verbose_name_plural': 'opportunities',
                'ordering': ('-opened_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='opportunity_amount_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='RollupCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cube', models.CharField(choices=[('total', 'All'), ('source', 'Source'), ('landing_page', 'Landing page'), ('campaign', 'Campaign'), ('owner', 'Owner'), ('source_campaign', 'Source and campaign'), ('source_page', 'Source and landing page'), ('campaign_page', 'Campaign and landing page'), ('owner_source', 'Owner and source'), ('owner_campaign', 'Owner and campaign'), ('owner_page', 'Owner and landing page')], max_length=16)),
                ('grain', models.CharField(choices=[('all', 'All time'), ('quarter', 'Quarter'), ('month', 'Month'), ('ten', 'Ten days'), ('day', 'Day')], max_length=7)),
                ('measure', models.CharField(choices=[('state', 'State'), ('stay', 'Stay'), ('win', 'Days from MQL to won'), ('deal', 'Won deal'), ('event', 'Event of a day')], max_length=5)),
                ('within', models.CharField(blank=True, max_length=120)),
                ('key', models.CharField(blank=True, max_length=500)),
                ('period', models.DateField()),
                ('part', models.CharField(blank=True, max_length=12)),
                ('n', models.BigIntegerField()),
                ('total', models.DecimalField(decimal_places=2, max_digits=30)),
                ('counts', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'rollup cell',
                'verbose_name_plural': 'rollup cells',
                'indexes': [models.Index(condition=models.Q(('n', 0)), fields=['id'], name='rollup_cell_empty')],
                'constraints': [models.UniqueConstraint(fields=('cube', 'grain', 'measure', 'within', 'key', 'period', 'part'), name='rollup_cell_once')],
            },
        ),
        migrations.CreateModel(
            name='RollupState',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('time_zone', models.CharField(max_length=64)),
                ('refreshed_at', models.DateTimeField(verbose_name='refreshed')),
            ],
            options={
                'verbose_name': 'rollup state',
                'verbose_name_plural': 'rollup states',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='rollup_state_one_row')],
            },
        ),
        migrations.CreateModel(
            name='RoutingMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.PositiveSmallIntegerField(default=1, verbose_name='weight')),
                ('capacity', models.PositiveIntegerField(blank=True, null=True, verbose_name='leads in 30 days')),
                ('calibration', models.FloatField(default=0, verbose_name='calibration')),
                ('assigned', models.PositiveIntegerField(default=0, verbose_name='assigned')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routing_memberships', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='funnel.routingrule')),
            ],
            options={
                'verbose_name': 'pool member',
                'verbose_name_plural': 'pool members',
                'ordering': ('rule', 'id'),
                'constraints': [models.UniqueConstraint(fields=('rule', 'user'), name='routing_member_once'), models.CheckConstraint(condition=models.Q(('weight__gte', 1)), name='routing_weight_positive')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('assigned_at', models.DateTimeField(verbose_name='assigned')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('decision', models.JSONField(blank=True, default=dict, verbose_name='decision')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='leads.lead')),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='funnel.journey')),
                ('rule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='funnel.routingrule')),
            ],
            options={
                'verbose_name': 'assignment',
                'verbose_name_plural': 'assignments',
                'ordering': ('-assigned_at', '-id'),
                'indexes': [models.Index(fields=['lead', '-assigned_at'], name='assignment_lead'), models.Index(fields=['user', '-assigned_at'], name='assignment_user'), models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='assignment_actor')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('journey',), name='assignment_one_running')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('sharing', models.CharField(choices=[('mine', 'Only me'), ('team', 'My team'), ('everybody', 'Everybody')], default='mine', max_length=10, verbose_name='shared with')),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), blank=True, default=list, size=None)),
                ('opens_with', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='funnel.savedview')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ('name', 'id'),
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='saved_view_name_once'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('query', ''), ('sharing', 'mine')), _connector='OR'), name='saved_view_setting_is_mine')],
            },
        ),
        migrations.CreateModel(
            name='StageChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('move', models.CharField(choices=[('enter', 'Entered the funnel'), ('advance', 'Advanced by score'), ('hand_off', 'Handed to sales'), ('qualify', 'Accepted as SQL'), ('convert', 'Converted to opportunity'), ('win', 'Deal won'), ('lose', 'Deal lost'), ('postpone', 'Postponed'), ('resume', 'Resumed'), ('recycle', 'Returned to marketing'), ('disqualify', 'Disqualified')], max_length=12, verbose_name='move')),
                ('from_stage', models.CharField(blank=True, choices=[('new_name', 'New name'), ('engaged', 'Engaged'), ('target', 'Target'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer')], max_length=12, verbose_name='from')),
                ('to_stage', models.CharField(choices=[('new_name', 'New name'), ('engaged', 'Engaged'), ('target', 'Target'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer')], max_length=12, verbose_name='to')),
                ('from_status', models.CharField(blank=True, choices=[('active', 'Active'), ('postponed', 'Postponed'), ('recycled', 'Recycled'), ('disqualified', 'Disqualified'), ('lost', 'Lost'), ('won', 'Won')], max_length=12)),
                ('to_status', models.CharField(choices=[('active', 'Active'), ('postponed', 'Postponed'), ('recycled', 'Recycled'), ('disqualified', 'Disqualified'), ('lost', 'Lost'), ('won', 'Won')], max_length=12, verbose_name='status')),
                ('reason', models.CharField(blank=True, choices=[('not_ready', 'Not ready to buy yet'), ('no_budget', 'No budget'), ('no_authority', 'Not the decision-maker'), ('no_need', 'No need'), ('wrong_fit', 'Does not match the ideal customer'), ('unreachable', 'Could not be reached'), ('timing', 'Wrong moment, later'), ('competitor', 'Chose a competitor'), ('price', 'Too expensive'), ('duplicate', 'Duplicate'), ('spam', 'Not a real person'), ('not_decided', 'Not decided in time'), ('other', 'Other')], max_length=16, verbose_name='reason')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('fit', models.SmallIntegerField(default=0, verbose_name='fit')),
                ('interest', models.SmallIntegerField(default=0, verbose_name='interest')),
                ('intent', models.SmallIntegerField(default=0, verbose_name='intent')),
                ('seconds', models.BigIntegerField(default=0, verbose_name='seconds in stage')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='funnel.journey')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='leads.lead')),
            ],
            options={
                'verbose_name': 'stage change',
                'verbose_name_plural': 'stage changes',
                'ordering': ('at', 'id'),
                'indexes': [models.Index(fields=['lead', '-at'], name='stage_change_lead'), models.Index(fields=['journey', 'id'], name='stage_change_journey'), models.Index(fields=['at'], name='stage_change_at'), models.Index(condition=models.Q(('move', 'recycle')), fields=['-at', '-id'], name='stage_change_returned'), models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='stage_change_actor')],
            },
        ),
        migrations.CreateModel(
            name='ReturnDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('nurture', 'Nurture in a campaign'), ('leave', 'Leave as it is'), ('hand_off', 'Hand to sales again'), ('disqualify', 'Disqualify')], max_length=12, verbose_name='next action')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='look at it again')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('is_current', models.BooleanField(default=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.campaign', verbose_name='campaign')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='funnel.stagechange')),
            ],
            options={
                'verbose_name': 'decision about a returned lead',
                'verbose_name_plural': 'decisions about returned leads',
                'ordering': ('-at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('change',), name='return_one_current_decision')],
            },
        ),
        migrations.CreateModel(
            name='StageTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.', verbose_name='month')),
                ('stage', models.CharField(choices=[('new_name', 'New name'), ('engaged', 'Engaged'), ('target', 'Target'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer')], max_length=12, verbose_name='stage')),
                ('count', models.PositiveIntegerField(verbose_name='leads')),
            ],
            options={
                'verbose_name': 'monthly target',
                'verbose_name_plural': 'monthly targets',
                'ordering': ('month', 'id'),
                'constraints': [models.UniqueConstraint(fields=('month', 'stage'), name='target_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='target_month_is_first_day')],
            },
        ),
        migrations.RunSQL(TELLING, SILENCE),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS journey_current_status"),
    ]
