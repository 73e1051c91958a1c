"""A rater with very many annotations, made by the database itself in seconds."""

from django.db import connection

from labelling.rating.models import Annotation
from tests.factories import AnnotationFactory

# Each table's row again, but for the columns named.
AGAIN = """
INSERT INTO {table} SELECT (jsonb_populate_record(x, {changes})).* FROM {table} x, {numbers} WHERE x.id = {row}
"""


def many_annotations(first: Annotation, count: int) -> None:
    """``count`` further annotations like ``first``, each a minute earlier, of solutions and items of their own."""
    parts = {
        "corpus_solution": (first.solution_id, "gen_random_uuid()", "key"),
        "rounds_item": (first.item_id, "x.position + g", "position"),
    }
    with connection.cursor() as cursor:
        for table, (row, value, column) in parts.items():
            cursor.execute(
                f"DROP TABLE IF EXISTS new_{table}; CREATE TEMP TABLE new_{table} ON COMMIT DROP AS "
                f"SELECT g, nextval(pg_get_serial_sequence('{table}', 'id')) AS id FROM generate_series(1, {count}) g"
            )
            extra = "" if table == "corpus_solution" else ", 'solution_id', s.id"
            joined = "" if table == "corpus_solution" else " JOIN new_corpus_solution s USING (g)"
            changes = f"jsonb_build_object('id', n.id, '{column}', {value}{extra})"
            numbers = f"new_{table} n{joined}"
            cursor.execute(AGAIN.format(table=table, changes=changes, numbers=numbers, row=row))
        cursor.execute(
            AGAIN.format(
                table="rating_assignment",
                changes="jsonb_build_object('id', md5('a' || i.id)::uuid, 'item_id', i.id, 'solution_id', s.id)",
                numbers="new_rounds_item i JOIN new_corpus_solution s USING (g)",
                row=f"'{first.assignment_id}'",
            )
        )
        cursor.execute(
            AGAIN.format(
                table="rating_annotation",
                changes=(
                    "jsonb_build_object('id', nextval(pg_get_serial_sequence('rating_annotation', 'id')),"
                    " 'uuid', md5('u' || i.id)::uuid, 'assignment_id', md5('a' || i.id)::uuid, 'item_id', i.id,"
                    " 'solution_id', s.id, 'created_at', x.created_at - make_interval(mins => g))"
                ),
                numbers="new_rounds_item i JOIN new_corpus_solution s USING (g)",
                row=first.pk,
            )
        )
        cursor.execute("ANALYZE rating_annotation")


def busy(count: int, **fields: object) -> Annotation:
    """One annotation of the factory's, and ``count`` more like it."""
    first: Annotation = AnnotationFactory.create(**fields)
    many_annotations(first, count)
    return first
