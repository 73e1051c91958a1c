"""The hot path's SQL: claim, draft, submit, expire. The ORM would cost several times as much (docs/architecture.md).

Rows are locked lease first, then standing, then item, so that two transactions never wait for each other in a ring.
NO KEY UPDATE locks, as the foreign keys of new rows take key locks on the same rows, which need not wait.
"""

# Seconds left, of each minute of a lease, below which it is extended: once a tenth of its time is gone.
_WANING = 54

# What a claim must know of campaign, open round, guidelines and the rater's standing (which it locks). ``guideline`` is
# the newest version that the rater has acknowledged; ``has_read``: no newer one has changed the rules.
_CONTEXT_COLUMNS = """
c.id, c.slug, c.mode, c.lease_minutes, c.lease_ahead, c.answer_shown, c.show_reference_solution, c.offer_alternatives,
c.error_notes, c.allow_give_up, c.skips_per_round, c.overlap_most, c.gold_mark, c.gold_least, c.screening_required,
g.id AS guideline,
NOT EXISTS (SELECT 1 FROM rounds_guidelineversion n WHERE n.campaign_id = c.id AND n.change = 'rules'
            AND n.number > coalesce(g.number, 0)) AS has_read,
o.id AS open_round, o.pool AS open_pool, o.number AS open_number,
st.id AS standing, st.pool, st.simulated, st.admission, st.paused_at, st.pause_reason, st.gold_seen, st.gold_right,
st.gold_from, st.gold_right_from, st.round_id AS standing_round, st.served, st.skipped, st.cursor, st.gold_places,
coalesce(st.items_per_day, c.items_per_day) AS quota,
CASE WHEN st.day = (now() AT TIME ZONE 'UTC')::date THEN st.day_count ELSE 0 END AS today
"""
_CONTEXT_TABLES = """
rounds_campaign c
JOIN rating_standing st ON st.campaign_id = c.id AND st.rater_id = %(rater)s
LEFT JOIN LATERAL (
    SELECT v.id, v.number FROM rating_guidelineacknowledgement k JOIN rounds_guidelineversion v ON v.id = k.guideline_id
    WHERE k.rater_id = %(rater)s AND v.campaign_id = c.id ORDER BY v.number DESC LIMIT 1) g ON true
LEFT JOIN rounds_round o ON o.campaign_id = c.id AND o.state = 'open'
"""

CONTEXT = f"""
SELECT {_CONTEXT_COLUMNS} FROM {_CONTEXT_TABLES} WHERE c.slug = %(campaign)s FOR NO KEY UPDATE OF st
"""

# The first step of a rater in a campaign. Nothing where there is no such campaign.
ENTER_CAMPAIGN = """
INSERT INTO rating_standing (rater_id, campaign_id, pool, simulated, admission, pause_reason, gold_seen, gold_right,
    gold_from, gold_right_from, served, skipped, cursor, gold_places, day_count)
SELECT %(rater)s, id, '', false, 'new', '', 0, 0, 0, 0, 0, 0, 0, '{}', 0 FROM rounds_campaign WHERE slug = %(campaign)s
ON CONFLICT (rater_id, campaign_id) DO NOTHING
RETURNING id
"""

# Of an item ``i``: the rater has not been given its solution in the campaign, or let it run out.
_UNMET = """NOT EXISTS (SELECT 1 FROM rating_assignment a WHERE a.rater_id = %(rater)s AND a.campaign_id = i.campaign_id
                    AND a.solution_id = i.solution_id AND a.state <> 'expired')"""

# How far the round's queue goes, how many share it, and how many of its golds the rater has still to meet.
ROUND_FACTS = f"""
SELECT coalesce((r.params ->> 'overlap')::int, c.overlap) AS overlap,
    (SELECT coalesce(max(position) + 1, 0) FROM rounds_item WHERE round_id = r.id) AS items,
    (SELECT count(*) FROM rounds_item i
     WHERE i.round_id = r.id AND i.kind = 'gold' AND i.state = 'queued' AND {_UNMET}) AS golds,
    CASE WHEN r.pool = '' THEN (SELECT count(DISTINCT user_id) FROM people_membership
                                WHERE role = 'rater' AND campaign IN (c.slug, '*'))
         ELSE (SELECT count(*) FROM rating_standing WHERE campaign_id = c.id AND pool = r.pool) END AS raters
FROM rounds_round r JOIN rounds_campaign c ON c.id = r.campaign_id
WHERE r.id = %(round)s
"""

ENTER_ROUND = """
UPDATE rating_standing SET round_id = %(round)s, served = %(served)s, skipped = %(skipped)s, cursor = %(cursor)s,
    gold_places = %(places)s::integer[]
WHERE id = %(standing)s
"""

# What is judged: the solution ``s`` of the problem ``p``.
_JUDGED = """p.id AS problem_id, p.text, p.reference_answer, p.reference_solution, s.steps,
    EXISTS (SELECT 1 FROM corpus_alternative WHERE problem_id = p.id) AS has_alternatives"""
# What the page shows of a lease ``a``.
_SHOWN_COLUMNS = f"{_JUDGED}, d.seq, d.document"
_SHOWN_TABLES = """
JOIN corpus_solution s ON s.id = a.solution_id
JOIN corpus_problem p ON p.id = s.problem_id
LEFT JOIN rating_draft d ON d.assignment_id = a.id
"""
_WANES = f"a.expires_at <= now() + make_interval(secs => %(minutes)s::int * {_WANING})"
_MINE = "a.rater_id = %(rater)s AND a.campaign_id = %(campaign)s AND a.state = 'leased'"

# The rater's leases in the order in which they are worked through. ``stale``: to be kept up (``UPKEEP``).
HELD = f"""
SELECT a.id, a.expires_at, a.leased_at, {_SHOWN_COLUMNS}, a.expires_at <= now() AS ran_out,
    {_WANES} OR (a.guideline_id IS DISTINCT FROM %(guideline)s AND d.seq IS NULL) AS stale
FROM rating_assignment a {_SHOWN_TABLES}
WHERE {_MINE} ORDER BY a.leased_at, a.id
"""

# Held leases live on while their rater is at work. One that was not shown yet, as nothing was pressed on it, is to be
# judged by the guidelines of now. A lease that somebody else is just at is left alone, so that this waits for nobody.
UPKEEP = f"""
WITH due AS MATERIALIZED (
    SELECT a.id FROM rating_assignment a
    WHERE {_MINE} AND ({_WANES} OR a.guideline_id IS DISTINCT FROM %(guideline)s)
    ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE rating_assignment a SET expires_at = now() + make_interval(mins => %(minutes)s::int),
    guideline_id = CASE WHEN EXISTS (SELECT 1 FROM rating_draft d WHERE d.assignment_id = a.id)
                        THEN a.guideline_id ELSE %(guideline)s END
FROM due WHERE a.id = due.id
RETURNING a.id
"""

_GIVE_BACK = """
UPDATE rounds_item i SET held = held - n.gone
FROM (SELECT item_id, count(*) AS gone FROM gone GROUP BY item_id ORDER BY item_id) n
WHERE i.id = n.item_id
"""

# Leases that ran out: their items come back first in line, as their places are the lowest; to this rater before others.
EXPIRE = f"""
WITH gone AS (
    UPDATE rating_assignment SET state = 'expired', finished_at = now()
    WHERE id IN (SELECT id FROM rating_assignment WHERE state = 'leased' AND expires_at <= now()
                 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING item_id)
{_GIVE_BACK}
RETURNING n.gone
"""

# What a rater holds beyond the first ``keep`` leases and has not begun goes back, as if it had run out.
RELEASE = f"""
WITH held AS (
    SELECT a.id, row_number() OVER (ORDER BY a.leased_at, a.id) AS place FROM rating_assignment a WHERE {_MINE}),
unshown AS MATERIALIZED (
    SELECT a.id FROM rating_assignment a JOIN held ON held.id = a.id
    WHERE held.place > %(keep)s AND a.state = 'leased'
      AND NOT EXISTS (SELECT 1 FROM rating_draft d WHERE d.assignment_id = a.id)
    ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED),
gone AS (
    UPDATE rating_assignment a SET state = 'expired', finished_at = now() FROM unshown WHERE a.id = unshown.id
    RETURNING a.id, a.item_id),
back AS ({_GIVE_BACK} RETURNING i.id)
SELECT gone.id, (SELECT count(*) FROM back) AS back FROM gone
"""

_FREE = "i.state = 'queued' AND i.kind = 'normal' AND i.overlap > i.held + i.completed"

# One lease more, if the rater holds fewer than ``most``. It is, in this order: what ran out before the rater answered
# it, in the order in which it was held, whatever its kind; a gold, where one is due; the first free item in line.
# ``front``: the first place where the rater could go on, seen without locks; nothing free lies between the cursor and
# it, so it is the next cursor: a row that was only passed over because it was locked is looked at again next time.
# Gold is served only while a normal item is left for the rater, in front or ``behind`` the cursor.
# One statement for gold and normal, which the rater must not tell apart. With the claimed item comes all that the page
# shows, and what else the rater holds.
CLAIM = f"""
WITH mine AS MATERIALIZED (
    SELECT a.id, a.slot, a.leased_at,
        {_WANES} OR a.guideline_id IS DISTINCT FROM %(guideline)s AS stale
    FROM rating_assignment a WHERE {_MINE}),
slot AS MATERIALIZED (
    SELECT min(n) AS free FROM generate_series(0, %(most)s::int - 1) n
    WHERE n NOT IN (SELECT mine.slot FROM mine) AND (SELECT count(*) FROM mine) < %(most)s::int),
front AS MATERIALIZED (
    SELECT i.position FROM rounds_item i
    WHERE i.campaign_id = %(campaign)s AND i.round_id = %(round)s AND {_FREE} AND i.position >= %(cursor)s AND {_UNMET}
    ORDER BY i.position LIMIT 1),
behind AS MATERIALIZED (
    SELECT i.id FROM rounds_item i WHERE i.round_id = %(round)s AND {_FREE} AND i.returned AND {_UNMET} LIMIT 1),
own AS MATERIALIZED (
    SELECT i.id FROM rating_assignment a JOIN rounds_item i ON i.id = a.item_id
    WHERE a.rater_id = %(rater)s AND a.campaign_id = %(campaign)s AND a.state = 'expired'
      AND i.round_id = %(round)s AND i.state = 'queued' AND i.overlap > i.held + i.completed
    ORDER BY a.leased_at, a.id LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED),
gold AS MATERIALIZED (
    SELECT i.id FROM rounds_item i
    WHERE %(is_gold)s AND NOT EXISTS (SELECT 1 FROM own) AND i.round_id = %(round)s AND i.kind = 'gold'
      AND i.state = 'queued' AND {_UNMET}
    ORDER BY random() LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED),
back AS MATERIALIZED (
    SELECT i.id FROM rounds_item i
    WHERE NOT EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1 FROM gold)
      AND i.round_id = %(round)s AND {_FREE} AND i.returned AND {_UNMET}
      AND i.position < coalesce((SELECT position FROM front), 2147483647)
    ORDER BY i.position LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED),
ahead AS MATERIALIZED (
    SELECT i.id FROM rounds_item i
    WHERE NOT EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1 FROM gold) AND NOT EXISTS (SELECT 1 FROM back)
      AND i.campaign_id = %(campaign)s AND i.round_id = %(round)s AND {_FREE}
      AND i.position >= (SELECT position FROM front) AND {_UNMET}
    ORDER BY i.position LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED),
hold AS (
    UPDATE rounds_item i SET held = held + 1
    FROM (SELECT id FROM own UNION ALL SELECT id FROM gold UNION ALL SELECT id FROM back
          UNION ALL SELECT id FROM ahead) pick
    WHERE i.id = pick.id AND (SELECT free FROM slot) IS NOT NULL
      AND (i.kind = 'normal' OR EXISTS (SELECT 1 FROM front) OR EXISTS (SELECT 1 FROM behind))
    RETURNING i.id, i.solution_id, i.kind),
lease AS (
    INSERT INTO rating_assignment AS a
        (id, item_id, solution_id, campaign_id, rater_id, guideline_id, state, slot, leased_at, expires_at)
    SELECT %(id)s, id, solution_id, %(campaign)s, %(rater)s, %(guideline)s, 'leased', (SELECT free FROM slot),
           clock_timestamp(), now() + make_interval(mins => %(minutes)s::int)
    FROM hold
    ON CONFLICT (rater_id, campaign_id, solution_id) DO UPDATE
        SET item_id = excluded.item_id, state = 'leased', slot = excluded.slot, leased_at = excluded.leased_at,
            expires_at = excluded.expires_at, finished_at = NULL, guideline_id = excluded.guideline_id
        WHERE a.state = 'expired'
    RETURNING a.id, a.expires_at, a.leased_at),
counted AS (
    UPDATE rating_standing SET served = served + CASE WHEN EXISTS (SELECT 1 FROM own) THEN 0 ELSE 1 END,
        cursor = coalesce((SELECT position FROM front), cursor),
        gold_places = CASE WHEN EXISTS (SELECT 1 FROM gold) THEN gold_places[2:] ELSE gold_places END
    FROM hold WHERE rating_standing.id = %(standing)s
    RETURNING served, cursor, gold_places)
SELECT lease.id, lease.expires_at, lease.leased_at, {_SHOWN_COLUMNS}, counted.served, counted.cursor,
    counted.gold_places, ARRAY(SELECT mine.id FROM mine ORDER BY mine.leased_at, mine.id) || lease.id AS held,
    coalesce((SELECT bool_or(mine.stale) FROM mine), false) AS stale
FROM hold LEFT JOIN lease ON true
JOIN counted ON true
JOIN corpus_solution s ON s.id = hold.solution_id
JOIN corpus_problem p ON p.id = s.problem_id
LEFT JOIN rating_draft d ON d.assignment_id = lease.id
"""

# For when nothing was free to take at once: a row that another claim has locked may still have a place left, so wait.
CLAIM_PATIENTLY = CLAIM.replace(" SKIP LOCKED", "")

LEASE = f"""
SELECT a.id, a.expires_at, a.leased_at, {_SHOWN_COLUMNS} FROM rating_assignment a {_SHOWN_TABLES} WHERE a.id = %(lease)s
"""

# Of one problem: the alternatives of each of some steps (their texts and the keys of what comes before them) that were
# there when the item was leased, so that what it offers never changes under the rater. Their order tells nothing.
ALTERNATIVES = """
SELECT step.number, other.id, other.text
FROM unnest(%(prefixes)s::uuid[], %(steps)s::text[]) WITH ORDINALITY AS step (prefix, text, number)
CROSS JOIN LATERAL (
    SELECT id, key, text FROM corpus_alternative
    WHERE problem_id = %(problem)s AND prefix_key = step.prefix AND text <> step.text AND origin <> 'rater'
      AND created_at <= %(until)s
    ORDER BY id LIMIT %(most)s) other
ORDER BY step.number, other.key
"""

# One rater's own lease, locked with the standing, and everything that a submit and the claim after it need.
FOR_SUBMIT = f"""
SELECT a.state AS lease_state, a.leased_at, a.guideline_id, i.id AS item_id, i.round_id, i.solution_id, i.kind,
    i.state AS item_state, i.strategy, i.strategy_version, i.score, i.rank, r.number AS generation,
    r.state AS round_state, r.model_version_id, s.final_answer,
    coalesce((r.params ->> 'overlap')::int, c.overlap) AS asked, {_JUDGED}, gold.acceptable, {_CONTEXT_COLUMNS}
FROM rating_assignment a
JOIN rounds_item i ON i.id = a.item_id
LEFT JOIN rounds_round r ON r.id = i.round_id
LEFT JOIN rounds_gold gold ON gold.id = i.gold_id
JOIN corpus_solution s ON s.id = i.solution_id
JOIN corpus_problem p ON p.id = s.problem_id
JOIN {_CONTEXT_TABLES.strip().replace("rounds_campaign c", "rounds_campaign c ON c.id = a.campaign_id", 1)}
WHERE a.id = %(lease)s AND a.rater_id = %(rater)s AND c.slug = %(campaign)s
FOR NO KEY UPDATE OF a, st
"""

STORED = "SELECT assignment_id, rater_id, request FROM rating_annotation WHERE uuid = %(uuid)s"

NEWEST = """
SELECT id, uuid, version, late, request, created_at FROM rating_annotation
WHERE assignment_id = %(lease)s ORDER BY version DESC LIMIT 1
"""

_ANNOTATE = """
    INSERT INTO rating_annotation (uuid, assignment_id, item_id, campaign_id, round_id, solution_id, rater_id,
        guideline_id, model_version_id, request, document, step_ratings, first_error, finish_reason, reason, total_time,
        step_times,
        notes, visible, strategy, strategy_version, score, rank, late, created_at, version, replaces_id, gold_right,
        simulated)
    VALUES (%(uuid)s, %(lease)s, %(item_id)s, %(id)s, %(round_id)s, %(solution_id)s, %(rater)s, %(guideline_id)s,
        %(model_version_id)s, %(request)s, %(document)s, %(step_ratings)s::smallint[], %(first_error)s,
        %(finish_reason)s, %(reason)s, %(total_time)s, %(step_times)s::integer[], %(notes)s::jsonb,
        %(visible)s::jsonb, %(strategy)s,
        %(strategy_version)s, %(score)s, %(rank)s, LATE, %(created_at)s, %(version)s, %(replaces)s, %(gold_right)s,
        %(simulated)s)
    ON CONFLICT (uuid) DO NOTHING
    RETURNING id"""

# A lease that had run out still counts if nobody else has taken the place; else the annotation is kept, as late. One
# that was withdrawn meanwhile has no place: a later round may have picked its solution again. What is full is told,
# and, where raters were added and voided since, what has as many as are asked in any case.
SUBMIT = f"""
WITH done AS (
    UPDATE rounds_item SET held = held - %(leased)s::int, completed = completed + 1,
        state = CASE WHEN state = 'queued' AND completed + 1 >= overlap THEN 'done' ELSE state END
    WHERE id = %(item_id)s AND (%(leased)s::int = 1 OR (held + completed < overlap AND state <> 'withdrawn'))
    RETURNING id, completed >= overlap OR completed >= %(asked)s::int AS filled),
kept AS ({_ANNOTATE.replace("LATE", "NOT EXISTS (SELECT 1 FROM done)")}),
finished AS (
    UPDATE rating_assignment SET finished_at = now(),
        state = CASE WHEN EXISTS (SELECT 1 FROM done) THEN 'completed' ELSE 'late' END
    WHERE id = %(lease)s),
undrafted AS (DELETE FROM rating_draft WHERE assignment_id = %(lease)s),
stood AS (
    UPDATE rating_standing SET day = (now() AT TIME ZONE 'UTC')::date,
        day_count = CASE WHEN day = (now() AT TIME ZONE 'UTC')::date THEN day_count ELSE 0 END + %(counts)s::int,
        gold_seen = gold_seen + %(seen)s::int, gold_right = gold_right + %(right)s::int,
        paused_at = CASE WHEN %(pause)s THEN now() ELSE paused_at END,
        pause_reason = CASE WHEN %(pause)s THEN %(pause_reason)s ELSE pause_reason END
    WHERE id = %(standing)s),
told AS (
    INSERT INTO rating_outbox (kind, item_id, standing_id, created_at)
    SELECT 'filled', done.id, NULL::bigint, now() FROM done WHERE done.filled AND %(adaptive)s
    UNION ALL SELECT 'paused', NULL, %(standing)s::bigint, now() WHERE %(pause)s
    RETURNING id)
SELECT (SELECT count(*) FROM told) AS told FROM kept
"""

CORRECT = f"""
WITH kept AS ({_ANNOTATE.replace("LATE", "%(late)s")}),
told AS (
    INSERT INTO rating_outbox (kind, item_id, created_at)
    SELECT 'changed', %(item_id)s, now() WHERE %(adaptive)s RETURNING id)
SELECT (SELECT count(*) FROM told) AS told FROM kept
"""

# Given back: the item goes to others; to this rater never again, as the row stays.
SKIP = """
WITH back AS (
    UPDATE rounds_item SET held = held - 1 WHERE id = %(item_id)s AND %(leased)s::int = 1),
undrafted AS (DELETE FROM rating_draft WHERE assignment_id = %(lease)s),
stood AS (UPDATE rating_standing SET skipped = %(skipped)s WHERE id = %(standing)s)
UPDATE rating_assignment SET state = 'skipped', finished_at = now() WHERE id = %(lease)s
"""

REOPENED = """
SELECT a.state AS lease_state, i.kind, i.state AS item_state, r.state AS round_state, c.slug, c.mode, c.answer_shown,
    c.show_reference_solution, c.offer_alternatives
FROM rating_assignment a
JOIN rounds_campaign c ON c.id = a.campaign_id
JOIN rounds_item i ON i.id = a.item_id
LEFT JOIN rounds_round r ON r.id = i.round_id
WHERE a.id = %(lease)s AND a.rater_id = %(rater)s AND c.slug = %(campaign)s
"""

# One statement: locks the lease first, as a submit does, so a draft and a submit that meet wait for each other. The
# rater's leases are written only once a tenth of their time is gone, since that touches all of their indexes.
SAVE_DRAFT = f"""
WITH own AS MATERIALIZED (
    SELECT a.id, a.state, a.campaign_id, c.lease_minutes, cardinality(s.steps) AS step_count
    FROM rating_assignment a
    JOIN corpus_solution s ON s.id = a.solution_id
    JOIN rounds_campaign c ON c.id = a.campaign_id
    WHERE a.id = %(lease)s AND a.rater_id = %(rater)s AND c.slug = %(campaign)s
    FOR NO KEY UPDATE OF a),
kept AS (
    INSERT INTO rating_draft (assignment_id, seq, document, updated_at)
    SELECT own.id, %(seq)s, %(document)s, now() FROM own
    WHERE own.state IN ('leased', 'expired') AND %(reach)s <= own.step_count
    ON CONFLICT (assignment_id) DO UPDATE
        SET seq = excluded.seq, document = excluded.document, updated_at = now()
        WHERE rating_draft.seq <= excluded.seq
    RETURNING seq),
waning AS MATERIALIZED (
    SELECT a.id FROM rating_assignment a JOIN own ON own.campaign_id = a.campaign_id
    WHERE a.rater_id = %(rater)s AND a.state = 'leased' AND EXISTS (SELECT 1 FROM kept)
        AND a.expires_at < now() + make_interval(secs => own.lease_minutes * {_WANING})
    ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED),
extended AS (
    UPDATE rating_assignment a SET expires_at = now() + make_interval(mins => own.lease_minutes)
    FROM own, waning WHERE a.id = waning.id)
SELECT own.state, own.step_count, kept.seq FROM own LEFT JOIN kept ON true
"""

# How many items wait for a rater in each of some campaigns: held, and still to be met in the open round, counted up to
# ``most``: in a huge round nobody needs the exact number. Gold counts as well, so that each submit takes one off, of
# whatever kind.
WAITING = f"""
SELECT c.id AS campaign,
    (SELECT count(*) FROM rating_assignment a JOIN rounds_item i ON i.id = a.item_id AND i.kind IN ('normal', 'gold')
     WHERE a.rater_id = %(rater)s AND a.campaign_id = c.id AND a.state = 'leased') AS held,
    (SELECT count(*) FROM (
        SELECT 1 FROM rounds_item i
        WHERE i.campaign_id = c.id AND i.round_id = o.id AND {_FREE} AND {_UNMET}
          AND (i.returned OR i.position >= CASE WHEN st.round_id = o.id THEN st.cursor ELSE 0 END)
        LIMIT %(most)s) n) AS normal,
    (SELECT count(*) FROM rounds_item i
     WHERE i.round_id = o.id AND i.kind = 'gold' AND i.state = 'queued' AND {_UNMET}) AS gold
FROM rounds_campaign c
LEFT JOIN rating_standing st ON st.campaign_id = c.id AND st.rater_id = %(rater)s
LEFT JOIN rounds_round o
    ON o.campaign_id = c.id AND o.state = 'open' AND o.pool IN ('', coalesce(st.pool, ''))
WHERE c.id = ANY(%(campaigns)s)
"""
