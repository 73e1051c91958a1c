import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("prm", "0004_evaluations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="score",
            name="step_scores",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), size=None),
        ),
    ]
