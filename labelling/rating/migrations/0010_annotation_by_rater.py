import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rating", "0009_turns"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddIndex(
            "annotation",
            models.Index(
                fields=["rater", "created_at"],
                include=("campaign", "version", "total_time", "replaces"),
                name="annotation_by_rater",
            ),
        ),
        migrations.AlterField(
            "annotation",
            "rater",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="annotations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
