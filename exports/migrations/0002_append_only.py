from django.db import migrations

TRIGGER = """
CREATE TRIGGER snapshot_append_only BEFORE UPDATE OR DELETE ON exports_snapshot
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
CREATE TRIGGER snapshot_problem_append_only BEFORE UPDATE OR DELETE ON exports_snapshotproblem
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
"""
UNDO = """
DROP TRIGGER snapshot_append_only ON exports_snapshot;
DROP TRIGGER snapshot_problem_append_only ON exports_snapshotproblem;
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_snapshots"), ("corpus", "0003_append_only")]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
