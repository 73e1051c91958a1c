"""Many annotations at once, straight in SQL: what factories would take minutes for."""

from django.db import connection

from labelling.rating.models import Annotation

RATERS = """
INSERT INTO people_user
SELECT made.* FROM rating_annotation a JOIN people_user u ON u.id = a.rater_id
CROSS JOIN generate_series(1, %(count)s) n
CROSS JOIN LATERAL jsonb_populate_record(u, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('people_user', 'id')), 'username', %(name)s || n,
    'pseudonym', 'r-' || %(name)s || n)) made
WHERE a.id = %(like)s
"""
LEASES = """
INSERT INTO rating_assignment (id, item_id, solution_id, campaign_id, rater_id, state, leased_at, expires_at)
SELECT gen_random_uuid(), a.item_id, a.solution_id, a.campaign_id, u.id, 'completed', now(), now()
FROM people_user u, rating_annotation a WHERE u.pseudonym LIKE 'r-' || %(name)s || '%%' AND a.id = %(like)s
"""
ANNOTATIONS = """
INSERT INTO rating_annotation (uuid, assignment_id, item_id, campaign_id, round_id, solution_id, rater_id,
    model_version_id, request, document, step_ratings, first_error, finish_reason, reason, total_time, visible,
    strategy, strategy_version, late, created_at, version, simulated)
SELECT gen_random_uuid(), l.id, a.item_id, a.campaign_id, a.round_id, a.solution_id, u.id, a.model_version_id, '{}',
    replace(a.document, r.pseudonym, u.pseudonym), a.step_ratings, a.first_error, a.finish_reason, '', a.total_time,
    '{}', a.strategy, a.strategy_version, false, now(), 1, false
FROM rating_annotation a JOIN people_user r ON r.id = a.rater_id
JOIN rating_assignment l ON l.item_id = a.item_id JOIN people_user u ON u.id = l.rater_id
WHERE a.id = %(like)s AND u.pseudonym LIKE 'r-' || %(name)s || '%%'
ORDER BY u.id
"""


def multiply(annotation: Annotation, count: int, *, name: str = "many") -> None:
    """Add ``count`` annotations of the same item by as many new raters (``name`` and a number)."""
    with connection.cursor() as cursor:
        for statement in (RATERS, LEASES, ANNOTATIONS):
            cursor.execute(statement, {"count": count, "like": annotation.pk, "name": name})
            assert cursor.rowcount == count


def file_of(annotations: list[Annotation]) -> bytes:
    """What an export of them holds: each document as it is stored."""
    return "".join(f"{one.document}\n" for one in annotations).encode()
