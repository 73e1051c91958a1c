from django.db import migrations, models

# Each rater's claims go on from where the rater has got to (standing.cursor). What becomes free behind that place is
# marked by the database itself, whoever frees it: an expiry, a skip, a void, a higher overlap, a withdrawal undone.
TRIGGER = """
CREATE FUNCTION stepmark_item_returned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.returned := true;
    RETURN NEW;
END $$;
CREATE TRIGGER item_returned BEFORE UPDATE ON rounds_item FOR EACH ROW
    WHEN (NEW.held + NEW.completed < OLD.held + OLD.completed OR NEW.overlap > OLD.overlap
          OR (NEW.state = 'queued' AND OLD.state <> 'queued'))
    EXECUTE FUNCTION stepmark_item_returned();
"""
UNDO = "DROP TRIGGER item_returned ON rounds_item; DROP FUNCTION stepmark_item_returned();"


class Migration(migrations.Migration):
    dependencies = [("rounds", "0004_gold_scores")]
    operations = [
        migrations.AddField("item", "returned", models.BooleanField(db_default=False, default=False, editable=False)),
        migrations.AddIndex(
            "item",
            models.Index(
                condition=models.Q(
                    ("kind", "normal"),
                    ("overlap__gt", models.F("held") + models.F("completed")),
                    ("returned", True),
                    ("state", "queued"),
                ),
                fields=["round", "position"],
                name="item_returned",
            ),
        ),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
