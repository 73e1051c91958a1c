from django.conf import settings
from django.db import migrations, models

# A round that closes takes back at once what was leased ahead and never shown, whoever closes it: all but each rater's
# first lease and those with a draft. Leases that somebody is just at are left to them, so nothing waits here but for
# items; what slips through runs out.
TRIGGER = """
CREATE FUNCTION stepmark_round_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH held AS (
        SELECT a.id, row_number() OVER (PARTITION BY a.rater_id ORDER BY a.leased_at, a.id) AS place
        FROM rating_assignment a WHERE a.campaign_id = NEW.campaign_id AND a.state = 'leased'),
    unshown AS (
        SELECT a.id FROM rating_assignment a JOIN held ON held.id = a.id JOIN rounds_item i ON i.id = a.item_id
        WHERE held.place > 1 AND a.state = 'leased' AND i.round_id = NEW.id
          AND NOT EXISTS (SELECT 1 FROM rating_draft d WHERE d.assignment_id = a.id)
        ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED),
    gone AS (
        UPDATE rating_assignment a SET state = 'expired', finished_at = now() FROM unshown WHERE a.id = unshown.id
        RETURNING a.item_id)
    UPDATE rounds_item i SET held = held - n.gone
    FROM (SELECT item_id, count(*) AS gone FROM gone GROUP BY item_id ORDER BY item_id) n
    WHERE i.id = n.item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER round_closed AFTER UPDATE ON rounds_round FOR EACH ROW
    WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION stepmark_round_closed();
"""
UNDO = "DROP TRIGGER round_closed ON rounds_round; DROP FUNCTION stepmark_round_closed();"


class Migration(migrations.Migration):
    dependencies = [
        ("rating", "0006_words"),
        ("rounds", "0009_lease_ahead"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("assignment", "slot", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddConstraint(
            "assignment",
            models.UniqueConstraint(
                condition=models.Q(("state", "leased")),
                fields=("rater", "campaign", "slot"),
                name="assignment_slot_once",
            ),
        ),
        migrations.RemoveConstraint("assignment", "assignment_one_lease_per_rater"),
        migrations.AddConstraint(
            "assignment",
            models.CheckConstraint(condition=models.Q(("slot__lte", 5)), name="assignment_slot_range"),
        ),
        migrations.AddIndex(
            "assignment",
            models.Index(
                condition=models.Q(("state", "expired")), fields=["rater", "campaign"], name="assignment_expired"
            ),
        ),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
