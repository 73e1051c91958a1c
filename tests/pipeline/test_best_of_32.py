"""The whole of a real pool through import, two grading workers and evaluation: the published figures, in time."""

import io
import json
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from labelling.corpus.models import Sample, Solution, Verdict
from labelling.jobs.models import Job, JobState
from tests.processes import Processes, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RIGHT = "SELECT count(*) FROM corpus_sample JOIN corpus_solution s ON s.id = solution_id WHERE s.verdict = 'right'"
ORACLE = "SELECT count(DISTINCT problem_id) FROM corpus_solution WHERE verdict = 'right'"


def one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def test_16000_samples_are_graded_by_two_workers_within_three_minutes(shared_data: Path, processes: Processes) -> None:
    call_command("import_solutions", str(shared_data / "best_of_32" / "gsm8k_bon32.jsonl.gz"), no_grade=True)
    assert Sample.objects.count() == 16_000
    for _ in range(2):
        processes.worker(beat=False)
    began = time.monotonic()
    call_command("grade_solutions")
    assert Job.objects.count() == 4
    wait_until(lambda: not Job.objects.exclude(state=JobState.DONE).exists(), seconds=180, what="the end of grading")
    print(f"\n16,000 samples in {time.monotonic() - began:.1f} s")  # noqa: T201  a figure for the report
    assert Verdict.objects.count() == Solution.objects.count()
    assert one(RIGHT) / 16_000 == pytest.approx(0.870625, abs=0.002)
    assert one(ORACLE) / 500 == pytest.approx(0.974, abs=0.002)
    check_best_of_n(shared_data)


def check_best_of_n(shared_data: Path) -> None:
    """The published figures, by the three recorded PRMs."""
    scores = sorted(map(str, (shared_data / "best_of_32").glob("scores_*")))
    call_command("import_solutions", *scores, no_grade=True)
    out, models = io.StringIO(), ["qwen_prm", "math_shepherd", "rlhflow_prm"]
    call_command("evaluate_prm", best_of_n=True, model=models, json=True, stdout=out)
    (found,) = json.loads(out.getvalue())
    versions = found["versions"]
    one = versions["qwen_prm v1"]

    assert one["sizes"] == [1, 2, 4, 8, 16, 32]
    assert (one["problems"], one["samples"]) == (500, 16_000)
    for name, value in (("pass@1", 0.871), ("majority", 0.888), ("oracle", 0.974)):
        assert one["baselines"][name]["value"][-1] == pytest.approx(value, abs=0.002)
    for name, way, value in (
        ("qwen_prm", "product", 0.924),
        ("qwen_prm", "min", 0.918),
        ("math_shepherd", "product", 0.882),
        ("rlhflow_prm", "product", 0.882),
    ):
        assert versions[f"{name} v1"]["ways"][way]["value"][-1] == pytest.approx(value, abs=0.002)
    assert one["ways"]["product"]["value"][2:5] == pytest.approx([0.904, 0.914, 0.918], abs=0.01)
