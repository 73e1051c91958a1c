import django.db.models.deletion
from django.db import migrations, models

ON = {"db_index": False, "on_delete": django.db.models.deletion.CASCADE, "to": "corpus.problem"}


class Migration(migrations.Migration):
    """The unique constraints begin with the problem: an index of its own only misled the planner."""

    dependencies = [("corpus", "0006_candidates")]
    operations = [
        migrations.AlterField("sample", "problem", models.ForeignKey(related_name="samples", **ON)),
        migrations.AlterField("solution", "problem", models.ForeignKey(related_name="solutions", **ON)),
    ]
