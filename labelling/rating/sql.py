"""The hot path's SQL: claim, submit, expire. The ORM would cost several times as much here (docs/architecture.md)."""

CAMPAIGN = """
SELECT c.id, c.slug, c.lease_minutes, g.id AS guideline_id, k.id AS acknowledged
FROM rounds_campaign c
LEFT JOIN LATERAL (
    SELECT id FROM rounds_guidelineversion WHERE campaign_id = c.id ORDER BY number DESC LIMIT 1) g ON true
LEFT JOIN rating_guidelineacknowledgement k ON k.guideline_id = g.id AND k.rater_id = %(rater)s
WHERE c.slug = %(campaign)s
"""

CURRENT = """
SELECT id FROM rating_assignment
WHERE rater_id = %(rater)s AND campaign_id = %(campaign)s AND state = 'leased' AND expires_at > now()
"""

# Leases that ran out, of one rater or of all: their items come back first in line, as their places are the lowest.
EXPIRE = """
WITH gone AS (
    UPDATE rating_assignment SET state = 'expired', finished_at = now()
    WHERE id IN (SELECT id FROM rating_assignment
                 WHERE state = 'leased' AND expires_at <= now() AND (%(rater)s::bigint IS NULL OR rater_id = %(rater)s)
                 ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING item_id)
UPDATE rounds_item i SET held = held - n.gone
FROM (SELECT item_id, count(*) AS gone FROM gone GROUP BY item_id) n
WHERE i.id = n.item_id
RETURNING n.gone
"""

CLAIM = """
WITH pick AS (
    SELECT i.id FROM rounds_item i JOIN rounds_round r ON r.id = i.round_id
    WHERE i.campaign_id = %(campaign)s AND r.state = 'open' AND i.state = 'queued' AND i.kind = 'normal'
      AND i.overlap > i.held + i.completed
      AND NOT EXISTS (SELECT 1 FROM rating_assignment a
                      WHERE a.solution_id = i.solution_id AND a.campaign_id = i.campaign_id
                        AND a.rater_id = %(rater)s AND a.state <> 'expired')
    ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED),
hold AS (UPDATE rounds_item i SET held = held + 1 FROM pick WHERE i.id = pick.id RETURNING i.id, i.solution_id)
INSERT INTO rating_assignment
    (id, item_id, solution_id, campaign_id, rater_id, guideline_id, state, leased_at, expires_at)
SELECT %(id)s, hold.id, hold.solution_id, %(campaign)s, %(rater)s, %(guideline)s, 'leased', now(),
       now() + make_interval(mins => %(minutes)s)
FROM hold
ON CONFLICT (rater_id, campaign_id, solution_id) DO UPDATE
    SET item_id = excluded.item_id, state = 'leased', leased_at = now(), expires_at = excluded.expires_at,
        finished_at = NULL, guideline_id = excluded.guideline_id
RETURNING id
"""

LEASE = """
SELECT a.id, a.expires_at, c.slug, c.show_reference_answer, c.show_reference_solution, p.text, p.reference_answer,
       p.reference_solution, s.steps, d.seq, d.document
FROM rating_assignment a
JOIN rounds_campaign c ON c.id = a.campaign_id
JOIN rounds_item i ON i.id = a.item_id
JOIN corpus_solution s ON s.id = i.solution_id
JOIN corpus_problem p ON p.id = s.problem_id
LEFT JOIN rating_draft d ON d.assignment_id = a.id
WHERE a.id = %(lease)s
"""

# One rater's own lease, locked, with everything that the document of an annotation needs.
FOR_SUBMIT = """
SELECT a.state, a.guideline_id, i.id AS item_id, i.round_id, i.campaign_id, i.solution_id, i.strategy,
       i.strategy_version, i.score, i.rank, r.number AS generation, r.model_version_id, c.show_reference_answer,
       c.show_reference_solution, s.steps, s.final_answer, p.text AS problem, p.reference_answer,
       p.reference_solution, u.pseudonym
FROM rating_assignment a
JOIN people_user u ON u.id = a.rater_id
JOIN rounds_item i ON i.id = a.item_id
JOIN rounds_round r ON r.id = i.round_id
JOIN rounds_campaign c ON c.id = i.campaign_id
JOIN corpus_solution s ON s.id = i.solution_id
JOIN corpus_problem p ON p.id = s.problem_id
WHERE a.id = %(lease)s AND a.rater_id = %(rater)s AND c.slug = %(campaign)s
FOR UPDATE OF a
"""

STORED = "SELECT assignment_id, rater_id, request FROM rating_annotation WHERE uuid = %(uuid)s"

COMPLETE_HELD = """
UPDATE rounds_item SET held = held - 1, completed = completed + 1,
    state = CASE WHEN state = 'queued' AND completed + 1 >= overlap THEN 'done' ELSE state END
WHERE id = %(item)s RETURNING id
"""

# The lease had run out: the rater's work still counts if nobody else has taken the place.
COMPLETE_LATE = """
UPDATE rounds_item SET completed = completed + 1,
    state = CASE WHEN state = 'queued' AND completed + 1 >= overlap THEN 'done' ELSE state END
WHERE id = %(item)s AND held + completed < overlap RETURNING id
"""

FINISH = "UPDATE rating_assignment SET state = %(state)s, finished_at = now() WHERE id = %(lease)s"

ANNOTATE = """
INSERT INTO rating_annotation (uuid, assignment_id, item_id, campaign_id, round_id, solution_id, rater_id, guideline_id,
    model_version_id, request, document, step_ratings, first_error, finish_reason, reason, total_time, visible,
    strategy, strategy_version, score, rank, late, created_at, version, simulated)
VALUES (%(uuid)s, %(lease)s, %(item_id)s, %(campaign_id)s, %(round_id)s, %(solution_id)s, %(rater)s, %(guideline_id)s,
    %(model_version_id)s, %(request)s, %(document)s, %(step_ratings)s::smallint[], %(first_error)s, %(finish_reason)s,
    %(reason)s, %(total_time)s, %(visible)s::jsonb, %(strategy)s, %(strategy_version)s, %(score)s, %(rank)s, %(late)s,
    %(created_at)s, 1, false)
ON CONFLICT (uuid) DO NOTHING
RETURNING id
"""

# For when nothing was free to take at once: a row that another claim has locked may still have a place left, so wait.
CLAIM_PATIENTLY = CLAIM.replace(" SKIP LOCKED", "")

DROP_DRAFT = "DELETE FROM rating_draft WHERE assignment_id = %(lease)s"

# Locks the lease first, as a submit does: a draft and a submit that meet wait for each other, and never in a ring.
OWN_LEASE = """
SELECT a.state, cardinality(s.steps) AS step_count
FROM rating_assignment a
JOIN rounds_item i ON i.id = a.item_id
JOIN corpus_solution s ON s.id = i.solution_id
JOIN rounds_campaign c ON c.id = a.campaign_id
WHERE a.id = %(lease)s AND a.rater_id = %(rater)s AND c.slug = %(campaign)s
FOR NO KEY UPDATE OF a
"""

SAVE_DRAFT = """
INSERT INTO rating_draft (assignment_id, seq, document, updated_at)
VALUES (%(lease)s, %(seq)s, %(document)s, now())
ON CONFLICT (assignment_id) DO UPDATE
    SET seq = excluded.seq, document = excluded.document, updated_at = now()
    WHERE rating_draft.seq <= excluded.seq
RETURNING seq
"""

EXTEND = """
UPDATE rating_assignment a SET expires_at = now() + make_interval(mins => c.lease_minutes)
FROM rounds_campaign c
WHERE a.id = %(lease)s AND c.id = a.campaign_id AND a.state = 'leased'
"""
