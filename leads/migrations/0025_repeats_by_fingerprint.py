from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0024_no_beginnings")]
    operations = [
        migrations.RemoveIndex(model_name="submission", name="submission_repeat"),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["fingerprint", "-received_at"], name="submission_repeat"),
        ),
    ]
