"""Two current journeys of one lead are refused by the database again.

``0011_fewer_indexes`` gave up the index of the foreign key ``lead``, and Django took this partial
unique index along: it knows indexes of a foreign key only by their columns.
"""

from django.db import migrations

AGAIN = "CREATE UNIQUE INDEX IF NOT EXISTS journey_one_current ON funnel_journey (lead_id) WHERE is_current"


class Migration(migrations.Migration):
    dependencies = [("funnel", "0027_hoped_amount")]
    operations = [migrations.RunSQL(AGAIN, migrations.RunSQL.noop)]
