from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rating", "0003_standing")]
    operations = [
        migrations.AddField(
            "standing",
            "cursor",
            models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Where the rater's claims in the round go on: nothing free lies before it but what came back.",
            ),
        ),
    ]
