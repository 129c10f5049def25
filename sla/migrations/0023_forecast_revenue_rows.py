from django.db import migrations

# Forecasts made afterwards are made anew every night where they are missing, now with a range of
# their own for revenue; those made on their day stay as they were told.
MADE_AFTERWARDS = """
DELETE FROM sla_forecastfigure USING sla_forecastsnapshot AS snapshot
 WHERE snapshot.id = snapshot_id AND snapshot.made_at::date > snapshot.day
"""
THEIR_DAYS = "DELETE FROM sla_forecastsnapshot WHERE made_at::date > day"
INTO_ROWS = """
INSERT INTO sla_forecastrevenue (figure_id, currency, won, deals, open, arriving, low, high, came)
SELECT id, currency, won_revenue, 0, open * sale, arriving * sale, revenue_low, revenue_high, came_revenue
  FROM sla_forecastfigure WHERE currency <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0022_forecast_revenues"),
    ]

    operations = [
        migrations.RunSQL(
            [MADE_AFTERWARDS, THEIR_DAYS, INTO_ROWS], reverse_sql="DELETE FROM sla_forecastrevenue"
        ),
    ]
