from django.db import migrations

TRIGGER = """
CREATE TRIGGER annotation_append_only BEFORE UPDATE OR DELETE ON rating_annotation
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
"""
UNDO = "DROP TRIGGER annotation_append_only ON rating_annotation;"


class Migration(migrations.Migration):
    dependencies = [("rating", "0001_initial"), ("corpus", "0003_append_only")]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
