import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rounds", "0008_candidates_per_turn")]
    operations = [
        migrations.AddField(
            "campaign",
            "lease_ahead",
            models.PositiveSmallIntegerField(
                db_default=3,
                default=3,
                help_text="Items leased to a rater besides the one on screen, so that the next is there without waiting.",
                validators=[django.core.validators.MaxValueValidator(5)],
            ),
        ),
        migrations.AddConstraint(
            "campaign",
            models.CheckConstraint(condition=models.Q(("lease_ahead__lte", 5)), name="campaign_lease_ahead_range"),
        ),
    ]
