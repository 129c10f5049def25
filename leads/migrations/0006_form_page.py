from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0005_submission_address_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='form',
            name='layout',
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name='order and labels'),
        ),
        migrations.AddField(
            model_name='form',
            name='thank_you_text',
            field=models.CharField(blank=True, max_length=500, verbose_name='thank-you text'),
        ),
    ]
