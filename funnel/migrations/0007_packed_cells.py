"""Cells become packed: a row for each measure of a key and period instead of one for each code.

What was folded is told again by the images of all journeys and won deals, which the report adds
up from now on and the next refreshes fold: no number is missing for a moment.
"""

from django.db import migrations, models

TELL_ALL = """
LOCK TABLE funnel_journey, funnel_opportunity IN SHARE MODE;
DELETE FROM funnel_rollupcell;
DELETE FROM funnel_rollupdelta;
INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
    stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
    opportunity_at, customer_at, closed_at, currency)
  SELECT 'journey', 1, entered_at, source, landing_page, campaign_id,
         stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
         opportunity_at, customer_at, closed_at, ''
    FROM funnel_journey;
INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
    stage, status, reason, is_current, amount, currency)
  SELECT 'deal', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, '', '', '', false, o.amount, o.currency
    FROM funnel_opportunity AS o JOIN funnel_journey AS j ON j.id = o.journey_id
   WHERE o.status = 'won';
"""


class Migration(migrations.Migration):
    dependencies = [("funnel", "0006_journey_imported_at")]
    operations = [
        migrations.RunSQL(TELL_ALL, TELL_ALL),
        migrations.RemoveConstraint(model_name="rollupcell", name="rollup_cell_once"),
        migrations.RemoveField(model_name="rollupcell", name="code"),
        migrations.RemoveField(model_name="rollupcell", name="stage"),
        migrations.AddField(
            model_name="rollupcell", name="part", field=models.CharField(blank=True, max_length=12)
        ),
        migrations.AddField(model_name="rollupcell", name="counts", field=models.JSONField(default=dict)),
        migrations.AddConstraint(
            model_name="rollupcell",
            constraint=models.UniqueConstraint(
                fields=("grouping", "grain", "measure", "key", "period", "part"), name="rollup_cell_once"
            ),
        ),
        # Backwards the cells must be gone before columns return that have no default.
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM funnel_rollupcell"),
    ]
