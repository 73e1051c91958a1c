from django.db import migrations

TRIGGER = """
CREATE TRIGGER guideline_never_changed BEFORE UPDATE ON rounds_guidelineversion
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
"""
UNDO = "DROP TRIGGER guideline_never_changed ON rounds_guidelineversion;"


class Migration(migrations.Migration):
    dependencies = [("rounds", "0001_initial"), ("corpus", "0003_append_only")]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
