from django.db import migrations, models

# No current journey is recycled, and the newest are never won: without statistics of both columns
# together the planner expects plenty and walks a million leads to find none.
STATISTICS = "CREATE STATISTICS journey_current_status (mcv) ON is_current, status FROM funnel_journey"

class Migration(migrations.Migration):

    dependencies = [
        ('funnel', '0009_more_grains'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='journey',
            index=models.Index(condition=models.Q(('is_current', True), models.Q(('status', 'active'), _negated=True)), fields=['status'], name='journey_rare_status'),
        ),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS journey_current_status"),
    ]
