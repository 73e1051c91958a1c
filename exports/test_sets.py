"""Naming a test set: its problems are held out from now on, and what has seen them already is told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from exports.models import Snapshot, TestProblem, TestSet
from exports.splits import is_test
from labelling.corpus.importers.reader import ReadProblem, read_lines
from labelling.corpus.models import PoolEntry, Problem
from labelling.corpus.text import BadText, problem_key
from labelling.jobs.copy import array_literal
from labelling.prm.models import ModelVersion
from labelling.rating.models import Annotation

LONGEST_NAME: Final = 100


class TestSetRefused(Exception):
    """It cannot be named so; the message says why."""

    __test__ = False


@dataclass(frozen=True)
class Taint:
    """What holds problems of a test set for training: each with how many.

    ``unknown``: versions of models of which it is not known what they were trained on (made elsewhere).
    """

    snapshots: Sequence[tuple[Snapshot, int]]
    models: Sequence[tuple[ModelVersion, int]]
    unknown: Sequence[ModelVersion]


Problems = Mapping[UUID, str | None]  # key → text, where a file gave it


def of_file(path: str) -> Problems:
    """Problems of a file of JSON lines: ``problem``, or ``question.problem`` as PRM800K has it."""
    found: dict[UUID, str | None] = {}
    try:
        for line in read_lines(path):
            text = _problem(line.obj)
            if text is None:
                raise TestSetRefused(f"{path}, line {line.number}: {line.error or 'there is no text `problem` in it'}.")
            found.setdefault(UUID(problem_key(text)), text)
    except (ReadProblem, BadText) as error:
        raise TestSetRefused(str(error)) from error
    return found


def _problem(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    inner = row.get("question")
    text = inner.get("problem") if isinstance(inner, dict) else row.get("problem")
    return text if isinstance(text, str) else None


def of_split(*, share: float, salt: str, campaign: str | None = None) -> Problems:
    """Of the problems that are here now, or a campaign's, those on the test side."""
    return {key: None for key in _keys(campaign) if is_test(key, share=share, salt=salt)}


def of_held_out(campaign: str | None = None) -> Problems:
    """Those that are held out already."""
    return dict.fromkeys(_keys(campaign, held_out=True))


def _keys(campaign: str | None, **which: bool) -> Iterator[UUID]:
    """Of a campaign: those of its pool, and those that were labelled in it, as imported labels fill no pool."""
    rows = Problem.objects.filter(**which)
    if campaign is not None:
        pool = PoolEntry.objects.filter(campaign=campaign).values("problem")
        labelled = Annotation.objects.filter(campaign__slug=campaign).values("solution__problem")
        rows = rows.filter(Q(pk__in=pool) | Q(pk__in=labelled))
    return rows.order_by("key").values_list("key", flat=True).iterator(chunk_size=10_000)


@transaction.atomic
def test_set_name(*, name: str, problems: Problems, source: str) -> TestSet:
    """Keep the set, and hold its problems out: those that are not here yet, too. The same again changes nothing.

    Raises ``TestSetRefused``.
    """
    if not name.strip() or len(name) > LONGEST_NAME:
        raise TestSetRefused(f"A test set's name has from 1 to {LONGEST_NAME} characters.")
    if not problems:
        raise TestSetRefused("There is no problem in it.")
    made, is_new = TestSet.objects.select_for_update().get_or_create(name=name, defaults={"source": source[:300]})
    if is_new:
        rows = (TestProblem(test_set=made, key=key) for key in sorted(problems))
        TestProblem.objects.bulk_create(rows, batch_size=5_000)
    elif set(keys_of(made)) != set(problems):
        raise TestSetRefused(f"There is a test set {name!r} of other problems; choose another name.")
    _hold_out(problems)
    return made


test_set_name.__test__ = False  # type: ignore[attr-defined]


def keys_of(made: TestSet) -> Iterable[UUID]:
    return made.problems.order_by("key").values_list("key", flat=True)


def _hold_out(problems: Problems) -> None:
    told = [Problem(key=key, text=text, held_out=True) for key, text in sorted(problems.items()) if text is not None]
    Problem.objects.bulk_create(told, batch_size=1_000, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE corpus_problem SET held_out = true WHERE NOT held_out AND key = ANY(%s::uuid[])",
            [array_literal(problems)],
        )


_SNAPSHOTS: Final = """
SELECT p.snapshot_id, count(*) FROM exports_snapshotproblem p JOIN exports_snapshot s ON s.id = p.snapshot_id
WHERE NOT p.test AND s.purpose = 'training' AND p.key = ANY(%s::uuid[]) GROUP BY p.snapshot_id
"""
_MODELS: Final = "SELECT version_id, count(*) FROM prm_trainedproblem WHERE key = ANY(%s::uuid[]) GROUP BY version_id"
#: Trained here, by what their facts say, before it was kept on which problems; or loaded from elsewhere. What has no
#: score of its own stands for no model: imported rounds name such a one.
_UNKNOWN: Final = """
SELECT v.id FROM prm_modelversion v JOIN prm_rewardmodel m ON m.id = v.model_id
WHERE m.backend <> 'constant' AND NOT EXISTS (SELECT 1 FROM prm_trainedproblem t WHERE t.version_id = v.id)
  AND (m.backend <> 'recorded' OR EXISTS (SELECT 1 FROM corpus_recordedscore s WHERE s.scorer = v.config->>'scorer'))
"""


def taint_of(problems: Iterable[UUID]) -> Taint:
    """Which training snapshots (their test sides aside) and which models hold some of the problems."""
    keys = array_literal(problems)
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOTS, [keys])
        in_snapshots = dict(cursor.fetchall())
        cursor.execute(_MODELS, [keys])
        in_models = dict(cursor.fetchall())
        cursor.execute(_UNKNOWN)
        unknown = [row[0] for row in cursor.fetchall()]
    snapshots = Snapshot.objects.filter(pk__in=in_snapshots).defer("manifest").order_by("pk")
    versions = ModelVersion.objects.select_related("model").order_by("pk").in_bulk([*in_models, *unknown])
    return Taint(
        [(one, in_snapshots[one.pk]) for one in snapshots],
        [(versions[pk], count) for pk, count in sorted(in_models.items())],
        [versions[pk] for pk in sorted(unknown)],
    )


_SETS: Final = """
SELECT s.name, count(*) FROM exports_testproblem t JOIN exports_testset s ON s.id = t.test_set_id
JOIN exports_snapshotproblem p ON p.key = t.key AND NOT p.test AND p.snapshot_id = %s GROUP BY s.name ORDER BY s.name
"""


def test_sets_in(snapshot: Snapshot) -> list[tuple[str, int]]:
    """The test sets of which a training snapshot holds problems, each with how many."""
    if snapshot.purpose != "training":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SETS, [snapshot.pk])
        return list(cursor.fetchall())


test_sets_in.__test__ = False  # type: ignore[attr-defined]
