from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0008_notification'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('source', ''), _negated=True), fields=['source', '-created_at', '-id'], name='lead_source_newest'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('landing_page', ''), _negated=True), fields=['landing_page', '-created_at', '-id'], name='lead_landing_page_newest'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('grade', ''), _negated=True), fields=['grade', '-created_at', '-id'], name='lead_grade_newest'),
        ),
    ]
