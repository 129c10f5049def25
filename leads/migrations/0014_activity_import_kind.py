from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('leads', '0013_folded_words')]

    operations = [
        migrations.AlterField(
            model_name='activity',
            name='kind',
            field=models.CharField(choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], max_length=24, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='form',
            name='activity_kind',
            field=models.CharField(choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], default='form', max_length=24, verbose_name='a submission counts as'),
        ),
        migrations.AlterField(
            model_name='rule',
            name='activity_kind',
            field=models.CharField(blank=True, choices=[('form', 'Form submitted'), ('page_view', 'Page viewed'), ('download', 'Content downloaded'), ('webinar', 'Webinar attended'), ('email_open', 'E-mail opened'), ('email_click', 'Link in e-mail clicked'), ('email_bounce', 'E-mail bounced'), ('social', 'Social interaction'), ('price_sheet', 'Price sheet requested'), ('demo_request', 'Demo requested'), ('contact_request', 'Contact requested'), ('call', 'Call'), ('email_sent', 'E-mail sent'), ('meeting', 'Meeting'), ('note', 'Note'), ('import', 'Imported')], max_length=24, verbose_name='activity'),
        ),
    ]
