"""A round over 500 real problems with 32 real samples each, scored by a real PRM (Qwen2.5-Math-PRM-7B)."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from math import prod
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from labelling.corpus.grading import grade
from labelling.corpus.importers.records import ImportContext
from labelling.corpus.models import Sample
from labelling.corpus.services import solutions_import, sources_open, verdicts_add
from labelling.prm.models import ModelVersion
from labelling.prm.scoring import solutions_score
from labelling.prm.services import model_register
from labelling.rounds.models import Campaign, Item, ReferenceHold
from labelling.rounds.services import campaign_get_or_create, round_open

PER_PROBLEM = 2
Pool = tuple[Campaign, ModelVersion]


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "best_of_32"


@pytest.fixture(scope="module")
def pool(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Pool]:
    """Imported, graded and scored once for this file's tests, and rolled back after them."""
    files = [str(folder / name) for name in ("gsm8k_bon32.jsonl.gz", "scores_qwen_prm_gsm8k.jsonl.gz")]
    context = ImportContext()
    with django_db_blocker.unblock(), transaction.atomic():
        campaign, _ = campaign_get_or_create(slug="bon32")
        sources = sources_open(files=files, format_name=None, context=context)
        rejects = tmp_path_factory.mktemp("rejects") / "rejects.jsonl"
        solutions_import(sources=sources, context=context, campaign=campaign.slug, rejects=rejects)
        graded, after = verdicts_add(after=0, limit=5_000), 0
        while graded is not None:
            after = graded.last
            graded = verdicts_add(after=after, limit=5_000)
        _, version = model_register(name="qwen_prm", backend="recorded", config={"scorer": "qwen_prm"})
        solutions_score(version=version, campaign=campaign.slug, report=lambda *_: None, size=5_000)
        yield campaign, version
        transaction.set_rollback(True)


@pytest.fixture
def rolled_back(pool: Pool) -> Iterator[Pool]:
    """The pool for one test: its round is undone."""
    mark = transaction.savepoint()
    yield pool
    transaction.savepoint_rollback(mark)


def independent_picks(folder: Path) -> dict[int, list[int]]:
    """Ten lines that know nothing of our SQL or strategy: the best wrong texts of each problem, best first."""
    scores, found = {}, defaultdict(list)
    with gzip.open(folder / "scores_qwen_prm_gsm8k.jsonl.gz", "rt") as lines:
        for row in map(json.loads, lines):
            scores[row["problem_id"], row["candidate_index"]] = prod(row["step_scores"])
    columns = ("problem_id", "external_id", "sample_index", "solution_id", "solution__verdict", "solution__verdict_why")
    for problem, name, index, solution, verdict, why in Sample.objects.values_list(*columns):
        if verdict == "wrong" and why not in ("no-answer", "truncated"):
            found[problem].append((-scores[name, index], index, solution))
    return {problem: list(dict.fromkeys(one[2] for one in sorted(of)))[:PER_PROBLEM] for problem, of in found.items()}


def queued() -> dict[int, list[int]]:
    picks = defaultdict(list)
    for problem, solution in Item.objects.order_by("rank").values_list("solution__problem_id", "solution_id"):
        picks[problem].append(solution)
    return dict(picks)


def test_it_queues_what_an_independent_computation_picks(rolled_back: Pool, folder: Path) -> None:
    campaign, version = rolled_back

    report = round_open(campaign=campaign, model_version=version, per_problem=PER_PROBLEM, reference_hold=False)

    expected = independent_picks(folder)
    assert queued() == expected
    assert len(expected) > 100, "most problems of the pool have no wrong answer, but not all"
    assert len(report.picks) == sum(map(len, expected.values()))
    assert report.held == []


def held_independently() -> dict[int, float]:
    """Problems, with the share, of which 26 or more of the 32 samples give one same wrong number."""
    answers = defaultdict(Counter)  # type: ignore[var-annotated]
    columns = ("problem_id", "solution__final_answer", "solution__verdict")
    for problem, answer, verdict in Sample.objects.values_list(*columns):
        answers[problem][answer if verdict == "wrong" else None] += 1
    found = {}
    for problem, counts in answers.items():
        for answer in filter(None, counts):
            agree = sum(n for other, n in counts.items() if other and grade_equal(other, answer))
            if agree >= 0.8 * 32:
                found[problem] = agree / 32
    return found


def grade_equal(one: str, other: str) -> bool:
    return grade(reference=one, answer=other, truncated=False).verdict == "right"


def test_problems_whose_samples_agree_on_a_wrong_answer_are_held_and_reported(rolled_back: Pool, folder: Path) -> None:
    campaign, version = rolled_back

    report = round_open(campaign=campaign, model_version=version, per_problem=PER_PROBLEM)

    expected, picks = held_independently(), independent_picks(folder)
    assert len(expected) >= 10
    assert dict(ReferenceHold.objects.values_list("problem_id", "share")) == expected
    assert {held.problem_id: held.items for held in report.held} == {one: len(picks[one]) for one in expected}
    assert queued() == {problem: solutions for problem, solutions in picks.items() if problem not in expected}
