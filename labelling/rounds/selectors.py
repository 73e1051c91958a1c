"""What a round draws from: candidates and answers, read problem by problem, whatever the size of the pool."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign, Mode, Purpose
from labelling.rounds.strategies import UNCONVINCING, AnswerCount, Candidate, Need

FETCH_ROWS = 2_000  # rows a round trip brings; bounds memory

# For each problem of the pool a walk down the index score_best_first, ended after the best few that count.
# WITH TIES sees to it that the strategy, not the index, decides between equal scores.
_CANDIDATES = """
SELECT pool.problem_id, best.solution_id, best.verdict, best.verdict_why, best.solution_score, best.first_index
FROM corpus_poolentry pool
JOIN corpus_problem problem ON problem.id = pool.problem_id AND (%(held_out)s OR NOT problem.held_out)
    AND NOT problem.left_out
CROSS JOIN LATERAL (
    SELECT score.solution_id, solution.verdict, solution.verdict_why, score.solution_score, solution.first_index
    FROM prm_score score
    JOIN corpus_solution solution ON solution.id = score.solution_id
    WHERE score.version_id = %(version)s AND score.problem_id = pool.problem_id
      AND solution.verdict = ANY(%(verdicts)s) AND NOT (solution.verdict_why = ANY(%(not_why)s))
      AND NOT EXISTS (
          SELECT 1 FROM rounds_item item
          WHERE item.campaign_id = %(campaign)s AND item.solution_id = solution.id AND NOT (item.state = 'withdrawn'))
      AND NOT (%(problem_once)s AND EXISTS (
          SELECT 1 FROM rounds_item item JOIN corpus_solution queued ON queued.id = item.solution_id
          WHERE item.campaign_id = %(campaign)s AND queued.problem_id = pool.problem_id
            AND NOT (item.state = 'withdrawn')))
      AND NOT EXISTS (
          SELECT 1 FROM rounds_gold gold
          WHERE gold.campaign_id = %(campaign)s AND gold.solution_id = solution.id)
    ORDER BY score.solution_score DESC {limit}
) best
WHERE pool.campaign = %(slug)s
ORDER BY pool.problem_id
"""
_LIMIT = "FETCH FIRST %(best)s ROWS WITH TIES"


def candidates_by_problem(
    *, campaign: Campaign, version: ModelVersion, need: Need
) -> Iterator[tuple[int, Iterator[Candidate]]]:
    """(problem id, its candidates) for each problem of the pool that has any, in order of id. In a transaction.

    Left out: held-out problems where the campaign is for training, solutions that it has queued already, golds;
    in alternatives mode, problems that it has queued already.
    """
    params = {
        "held_out": campaign.purpose == Purpose.EVALUATION,
        "version": version.pk,
        "verdicts": sorted(need.verdicts),
        "not_why": sorted(need.not_why),
        "campaign": campaign.pk,
        "slug": campaign.slug,
        "best": need.best,
        "problem_once": campaign.mode == Mode.ALTERNATIVES,
    }
    query = _CANDIDATES.format(limit="" if need.best is None else _LIMIT)
    for problem_id, rows in groupby(_stream(query, params), key=itemgetter(0)):
        yield problem_id, (Candidate(*row) for row in rows)


# Counting every sample's answer costs as much as the pool is large. But where few samples may dissent, a few of the
# best-scored solutions that are not wrong clear a problem: those are met first on the way down score_best_first.
_DOUBTFUL = """
SELECT problem.id
FROM unnest(%(problems)s) AS problem (id)
CROSS JOIN LATERAL (
    SELECT ceil((1 - %(share)s) * count(*)) AS dissenters FROM corpus_sample WHERE problem_id = problem.id) most
CROSS JOIN LATERAL (
    SELECT count(*) AS found FROM (
        SELECT 1
        FROM prm_score score
        JOIN corpus_solution solution ON solution.id = score.solution_id
        WHERE score.version_id = %(version)s AND score.problem_id = problem.id
          AND (solution.verdict IS DISTINCT FROM 'wrong' OR solution.verdict_why = ANY(%(not_why)s))
        ORDER BY score.solution_score DESC LIMIT most.dissenters + 1) dissenting) dissent
WHERE dissent.found <= most.dissenters
  AND NOT EXISTS (  -- a person has looked at the reference that is in force
      SELECT FROM corpus_referencedecision decision JOIN corpus_problem decided ON decided.id = decision.problem_id
      WHERE decision.problem_id = problem.id AND decision.reference_answer = decided.reference_answer)
"""

_ANSWERS = """
SELECT sample.problem_id, solution.final_answer, solution.verdict, solution.verdict_why, count(*)
FROM corpus_sample sample
JOIN corpus_solution solution ON solution.id = sample.solution_id
WHERE sample.problem_id = ANY(%(problems)s)
GROUP BY 1, 2, 3, 4
ORDER BY 1
"""


def doubtful_answers(
    *, problem_ids: Iterable[int], version: ModelVersion, share: float
) -> Iterator[tuple[int, Iterator[AnswerCount]]]:
    """(problem id, how many samples end in which answer, graded how) where ``share`` of the samples may be wrong.

    Every sample counts, twins too. In a transaction.
    """
    asked = {"problems": list(problem_ids), "share": share, "version": version.pk, "not_why": sorted(UNCONVINCING)}
    doubtful = [row[0] for row in _stream(_DOUBTFUL, asked)]
    for problem_id, rows in groupby(_stream(_ANSWERS, {"problems": doubtful}), key=itemgetter(0)):
        yield problem_id, (AnswerCount(*row[1:]) for row in rows)


def _stream(query: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from rows


@dataclass(frozen=True)
class Lack:
    """Something a round needs in its pool, how to ask for it, and what to tell a person where there is none."""

    exists: str
    message: Callable[[Campaign, ModelVersion], str]


_POOL = "corpus_poolentry pool JOIN corpus_problem problem ON problem.id = pool.problem_id"
_SERVED = "pool.campaign = %(slug)s AND (%(held_out)s OR NOT problem.held_out) AND NOT problem.left_out"
_SCORED = "JOIN prm_score score ON score.problem_id = pool.problem_id AND score.version_id = %(version)s"
_GRADED = "JOIN corpus_solution solution ON solution.id = score.solution_id AND solution.verdict IS NOT NULL"

# In this order: the first that is missing explains all that follow.
_LACKS = (
    Lack(
        f"SELECT 1 FROM {_POOL} WHERE pool.campaign = %(slug)s",
        lambda campaign, _: (
            f"The pool of '{campaign.slug}' is empty: "
            f"fill it with `manage.py import_solutions FILE… --campaign {campaign.slug}`."
        ),
    ),
    Lack(
        f"SELECT 1 FROM {_POOL} WHERE {_SERVED}",
        lambda campaign, _: (
            f"All problems in the pool of '{campaign.slug}' are held out for evaluation, and its purpose is training: "
            "import other problems, or queue these in a campaign whose purpose is evaluation."
        ),
    ),
    Lack(
        f"SELECT 1 FROM {_POOL} {_SCORED} WHERE {_SERVED}",
        lambda campaign, version: (
            f"Nothing in the pool of '{campaign.slug}' is scored by {version}: score it with "
            f"`manage.py score_solutions --model {version.model.name} --campaign {campaign.slug} --wait`."
        ),
    ),
    Lack(
        f"SELECT 1 FROM {_POOL} {_SCORED} {_GRADED} WHERE {_SERVED}",
        lambda campaign, _: (
            f"Nothing that is scored in the pool of '{campaign.slug}' is graded: grading runs after an import where a "
            "worker runs; `manage.py grade_solutions --wait` starts it and waits."
        ),
    ),
)


def pool_lack(*, campaign: Campaign, version: ModelVersion) -> str | None:
    """What keeps the pool from giving a round anything at all, with the mend; None where all is there."""
    params: dict[str, str | int | bool] = {
        "slug": campaign.slug,
        "version": version.pk,
        "held_out": campaign.purpose == Purpose.EVALUATION,
    }
    with connection.cursor() as cursor:
        for lack in _LACKS:
            cursor.execute(f"SELECT EXISTS ({lack.exists})", params)
            if not cursor.fetchone()[0]:
                return lack.message(campaign, version)
    return None


def held_out_count(campaign: Campaign) -> int:
    """Held-out problems in the pool: never queued where the campaign is for training."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_POOL} WHERE pool.campaign = %s AND problem.held_out", [campaign.slug])
        return int(cursor.fetchone()[0])


_SCORED_BY = f"SELECT EXISTS (SELECT 1 FROM {_POOL} {_SCORED} WHERE pool.campaign = %(slug)s)"


def versions_in_pool(campaign: Campaign) -> list[ModelVersion]:
    """The model versions that have scored anything in the campaign's pool: by model, the newest first."""
    scored = []
    with connection.cursor() as cursor:
        for version in ModelVersion.objects.select_related("model").order_by("model__name", "-number"):
            cursor.execute(_SCORED_BY, {"slug": campaign.slug, "version": version.pk})
            if cursor.fetchone()[0]:
                scored.append(version)
    return scored


def ungraded_exist(campaign: Campaign) -> bool:
    """Whether some of the pool waits to be graded."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM corpus_solution WHERE verdict IS NULL "
        "AND problem_id IN (SELECT problem_id FROM corpus_poolentry WHERE campaign = %s))"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [campaign.slug])
        return bool(cursor.fetchone()[0])
