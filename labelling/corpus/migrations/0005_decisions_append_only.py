from django.db import migrations

TRIGGER = """
CREATE TRIGGER reference_decision_append_only BEFORE UPDATE OR DELETE ON corpus_referencedecision
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
"""
UNDO = "DROP TRIGGER reference_decision_append_only ON corpus_referencedecision;"


class Migration(migrations.Migration):
    dependencies = [("corpus", "0004_grader")]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
