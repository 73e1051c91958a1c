"""Samples of a pool with verdicts and solution scores: the rows of a best-of-N evaluation. Twins count, each."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from exports.formats import ScoredSample
from exports.selectors import Filters
from exports.splits import threshold
from exports.streams import copied
from labelling.corpus.models import RecordedScore
from labelling.prm.models import ModelVersion, RewardModel

#: In place of a model's name: the scores that annotated solutions were queued by.
QUEUED: Final = "queued"
UNSCORED: Final = "unscored"
INCLUDABLE: Final = (UNSCORED,)


class NoModel(Exception):
    """There is no such reward model; the message says which there are."""


@dataclass(frozen=True)
class Scorers:
    """Whose scores stand in a row; None: those that the solutions were queued by, or no ORM.

    ``skip``: samples without a score stay out.
    """

    prm: int | None
    orm: int | None
    words: str
    skip: bool = False


def scorers(model: str, orm: str | None, *, skip: bool = False) -> Scorers:
    """Raises ``NoModel``."""
    prm, judge = (None if model == QUEUED else _version(model)), (_version(orm) if orm else None)
    words = QUEUED if prm is None else str(prm)
    return Scorers(
        prm=None if prm is None else prm.pk,
        orm=None if judge is None else judge.pk,
        words=words if judge is None else f"{words}, ORM {judge}",
        skip=skip or prm is None,  # of what was never queued there is no such score
    )


def _version(name: str) -> ModelVersion:
    model, _, number = name.partition("@")
    found = ModelVersion.objects.select_related("model").filter(model__name=model)
    found = found.filter(number=int(number)) if number.isdecimal() else found
    version = found.order_by("-number").first()
    if version is None:
        known = ", ".join(ModelVersion.objects.values_list("model__name", flat=True).distinct().order_by()) or "none"
        is_new = not RewardModel.objects.filter(name=model).exists()
        has_come = is_new and RecordedScore.objects.filter(scorer=model).exists()
        mend = f" Its scores were imported: score_solutions --model {model} makes it one." if has_come else ""
        raise NoModel(f"There is no reward model {name!r} (there is: {known}).{mend}")
    return version


_QUEUED_SCORE: Final = """(SELECT a.score FROM rating_annotation a
    WHERE a.solution_id = s.id AND a.score IS NOT NULL ORDER BY a.id LIMIT 1)"""

_SAMPLES: Final = """
SELECT {columns}
FROM (SELECT sm.id, sm.problem_id, s.id AS solution_id, scored.prm, {orm} AS orm,
        CASE WHEN p.held_out AND NOT %(held_out)s THEN 'held_out' WHEN p.left_out THEN 'bad_problem'
             WHEN %(split)s IN ('train', 'test') AND (sha256(convert_to(%(salt)s || p.key::text, 'UTF8')) < %(limit)s)
                  <> (%(split)s = 'test') THEN 'other_split'
             WHEN %(skip)s AND scored.prm IS NULL THEN 'unscored' END AS why
      FROM corpus_sample sm
      JOIN corpus_solution s ON s.id = sm.solution_id JOIN corpus_problem p ON p.id = sm.problem_id
      {scores} CROSS JOIN LATERAL (SELECT {prm} AS prm) scored
      WHERE %(campaign)s::text IS NULL
         OR EXISTS (SELECT 1 FROM corpus_poolentry e WHERE e.campaign = %(campaign)s AND e.problem_id = p.id)) found
"""
_SCORES: Final = "LEFT JOIN prm_score {name} ON {name}.solution_id = s.id AND {name}.version_id = {version:d}"


@dataclass(frozen=True)
class Pool:
    """``left_out``: samples by reason. ``unscored``: chosen samples without a score, and the first one's id."""

    total: int
    left_out: dict[str, int]
    unscored: int
    first_unscored: int | None


def pool(filters: Filters, scorers: Scorers) -> Pool:
    """What there is to be exported."""
    counted = "why, count(*), count(*) FILTER (WHERE prm IS NULL), min(id) FILTER (WHERE prm IS NULL)"
    statement = _statement(scorers, counted) + " GROUP BY why"
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(filters, scorers))
        rows = {why: rest for why, *rest in cursor.fetchall()}
    if scorers.prm is None:
        rows.pop(UNSCORED, None)  # nobody asked for what was never queued
    total, unscored, first = rows.pop(None, (0, 0, None))
    return Pool(total, {why: row[0] for why, row in rows.items()}, unscored, first)


def samples(filters: Filters, scorers: Scorers) -> Generator[tuple[int, ScoredSample]]:
    """(id, sample) by problem, and in the order in which the samples came."""
    columns = "p.text, s.steps, s.final_answer, s.verdict, prm, orm, found.id"
    statement = f"""{_statement(scorers, columns)}
        JOIN corpus_solution s ON s.id = found.solution_id JOIN corpus_problem p ON p.id = found.problem_id
        WHERE why IS NULL ORDER BY found.problem_id, found.id"""
    types = ("text", "text[]", "text", "varchar", "float8", "float8", "int8")
    with closing(copied(statement, _parameters(filters, scorers), types)) as found:
        for *values, pk in found:
            yield pk, ScoredSample(*values)


def sample_facts(filters: Filters, scorers: Scorers) -> Generator[tuple[Any, ...]]:
    """(problem's key, solution's key, generator, source, index, verdict, PRM score, ORM score), by the first four."""
    columns = "p.key, s.key, sm.generator, sm.source, sm.sample_index, s.verdict, prm, orm"
    statement = f"""{_statement(scorers, columns)}
        JOIN corpus_solution s ON s.id = found.solution_id JOIN corpus_problem p ON p.id = found.problem_id
        JOIN corpus_sample sm ON sm.id = found.id
        WHERE why IS NULL
        ORDER BY p.key, sm.generator COLLATE "C", sm.source COLLATE "C", sm.sample_index"""
    types = ("uuid", "uuid", "varchar", "varchar", "int4", "varchar", "float8", "float8")
    with closing(copied(statement, _parameters(filters, scorers), types)) as found:
        yield from found


def _statement(scorers: Scorers, columns: str) -> str:
    joins = [_SCORES.format(name=name, version=version) for name, version in _joined(scorers)]
    return _SAMPLES.format(
        columns=columns,
        prm="c.solution_score" if scorers.prm else _QUEUED_SCORE,
        orm="o.solution_score" if scorers.orm else "NULL::float8",
        scores=" ".join(joins),
    )


def _joined(scorers: Scorers) -> Iterator[tuple[str, int]]:
    if scorers.prm:
        yield "c", scorers.prm
    if scorers.orm:
        yield "o", scorers.orm


def _parameters(filters: Filters, scorers: Scorers) -> Mapping[str, Any]:
    return {
        "skip": scorers.skip,
        "campaign": filters.campaign,
        "held_out": "held_out" in filters.include,
        "split": filters.split,
        "salt": f"{filters.salt}:",
        "limit": threshold(filters.test_share),
    }
