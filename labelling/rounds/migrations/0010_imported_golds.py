from django.db import migrations, models

GOLD_OR_IMPORTED = models.Q(gold__isnull=False) | models.Q(strategy="imported")


class Migration(migrations.Migration):
    dependencies = [("rounds", "0009_lease_ahead")]
    operations = [
        migrations.RemoveConstraint("item", "item_gold_unless_normal"),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(
                condition=models.Q(kind="normal", gold=None) | (~models.Q(kind="normal") & GOLD_OR_IMPORTED),
                name="item_gold_unless_normal",
            ),
        ),
    ]
