"""What a trigger looks up it finds by key, also in a session that began on empty tables.

A function's statements are planned once for a session. Planned while a table is empty they would
read all of it, and a large import into a new database would read every lead for each lead.
"""

from django.db import migrations

LOOKING_UP = (
    "funnel_owner_of(bigint)",
    "funnel_tell_deals(bigint, int, funnel_journey, bigint)",
    "funnel_tell_deal()",
    "funnel_tell_owner()",
)


class Migration(migrations.Migration):
    dependencies = [("funnel", "0022_campaign_page_cells")]
    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function} SET enable_seqscan = off",
            f"ALTER FUNCTION {function} RESET enable_seqscan",
        )
        for function in LOOKING_UP
    ]
