from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0023_forecast_revenue_rows"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='forecastfigure',
            name='came_revenue',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='currency',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='revenue_high',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='revenue_low',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='sale',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='sale_spread',
        ),
        migrations.RemoveField(
            model_name='forecastfigure',
            name='won_revenue',
        ),
    ]
