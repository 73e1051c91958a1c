from django.db import migrations

FUNCTION = """
CREATE FUNCTION stepmark_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER verdict_append_only BEFORE UPDATE OR DELETE ON corpus_verdict
    FOR EACH ROW EXECUTE FUNCTION stepmark_append_only();
"""
UNDO = "DROP TRIGGER verdict_append_only ON corpus_verdict; DROP FUNCTION stepmark_append_only();"


class Migration(migrations.Migration):
    dependencies = [("corpus", "0002_initial")]
    operations = [migrations.RunSQL(FUNCTION, UNDO)]
