"""The command ``import_solutions`` on real files, twice at once, and killed in the middle."""

import gzip
import io
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from labelling.corpus.models import ImportBatch, PoolEntry, Problem, RecordedScore, Sample, Solution, Verdict
from labelling.corpus.services import batches
from labelling.corpus.tasks import grade
from labelling.corpus.text import problem_key
from labelling.jobs.models import Job, JobState
from labelling.rounds.models import Campaign
from tests.corpus.importing import line, pool_line, rejected, score_line, write
from tests.pipeline.test_faults import backends_waiting
from tests.processes import Processes, wait_until

GSM8K = "gsm8k/example_model_solutions.jsonl.gz"
POOLS = "best_of_32/gsm8k_bon32.jsonl.gz"
SCORES = [f"best_of_32/scores_{name}_gsm8k.jsonl.gz" for name in ("math_shepherd", "qwen_prm", "rlhflow_prm")]


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects.jsonl"


def run(*files: Path, rejects: Path, **options: Any) -> tuple[str, str]:
    """Run the command; return what it wrote to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_solutions", *map(str, files), rejects=str(rejects), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


# --- real data -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_all_of_gsm8k_imports_in_one_command_and_every_verdict_agrees_with_the_file(
    shared_data: Path, rejects: Path
) -> None:
    out, err = run(shared_data / GSM8K, campaign="grade-school", rejects=rejects)
    assert err == ""
    assert "Made the campaign 'grade-school'" in out
    assert (Sample.objects.count(), Problem.objects.count(), Solution.objects.count()) == (5_276, 1_319, 5_268)
    assert PoolEntry.objects.filter(campaign="grade-school").count() == 1_319

    jobs = Job.objects.all()
    assert len(jobs) == 4  # so many solutions are shared among workers
    for job in jobs:
        grade(job.pk)
    verdicts = {
        (question, generator): verdict
        for question, generator, verdict in Sample.objects.values_list(
            "problem__text", "generator", "solution__verdict"
        )
    }
    with gzip.open(shared_data / GSM8K, "rt", encoding="utf-8") as file:
        rows = [json.loads(text) for text in file]
    said = {
        (row["question"], generator): "right" if value["is_correct"] else "wrong"
        for row in rows
        for generator, value in row.items()
        if isinstance(value, dict)
    }
    assert len(said) == 5_276
    assert {key: verdict for key, verdict in verdicts.items() if said[key] != verdict} == {}
    assert Verdict.objects.count() == 5_268
    assert Solution.objects.filter(verdict_why="no-answer").exists()

    out, _ = run(shared_data / GSM8K, rejects=rejects)
    assert ImportBatch.objects.latest("id").samples_added == 0
    assert ImportBatch.objects.latest("id").samples_known == 5_276
    assert "5,276" in out
    assert Job.objects.count() == 4  # nothing new to grade
    assert (Sample.objects.count(), Solution.objects.count()) == (5_276, 5_268)


@pytest.mark.django_db
def test_all_of_best_of_32_imports_with_the_scores_of_three_prms(shared_data: Path, rejects: Path) -> None:
    run(*(shared_data / name for name in (*SCORES, POOLS)), no_grade=True, rejects=rejects)
    assert rejected(rejects) == []
    assert (Sample.objects.count(), Problem.objects.count(), Solution.objects.count()) == (16_000, 500, 15_863)
    assert RecordedScore.objects.count() == 3 * 15_863
    assert not RecordedScore.objects.exclude(solution__steps__len=F("step_scores__len")).exists()
    assert not Job.objects.exists()
    sample = Sample.objects.get(external_id="gsm8k_000", sample_index=0)
    qwen = sample.solution.recorded_scores.get(scorer="qwen_prm")
    assert qwen.step_scores == [0.99169921875, 0.998046875, 0.99951171875, 1.0]
    assert sample.solution.final_answer == "18"


@pytest.mark.django_db
def test_gsm8k_and_best_of_32_share_their_problems(shared_data: Path, rejects: Path) -> None:
    run(shared_data / GSM8K, no_grade=True, rejects=rejects)
    run(shared_data / POOLS, no_grade=True, rejects=rejects)
    assert rejected(rejects) == []
    assert (Problem.objects.count(), Sample.objects.count()) == (1_319, 21_276)


# --- what it says --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_bad_lines_are_told_with_file_line_and_reason_and_set_aside(tmp_path: Path, rejects: Path) -> None:
    path = write(tmp_path / "lines.jsonl", [line(), "\x1b[2Jbroken", line(sample_index=-1)])
    out, err = run(path, rejects=rejects)
    assert f"{path}:2: not JSON" in err
    assert f"{path}:3: sample_index" in err
    assert str(rejects) in err
    assert [row["line"] for row in rejected(rejects)] == [2, 3]
    assert "lines rejected" in out
    assert "\x1b" not in out + err


@pytest.mark.django_db
def test_a_hostile_file_name_or_reason_cannot_move_the_cursor(tmp_path: Path, rejects: Path) -> None:
    path = write(tmp_path / "esc\x1b[2J.jsonl", [line(), {"problem\x1b[2J": 1}])
    _, err = run(path, rejects=rejects, format="native")
    assert "\x1b" not in err
    assert "\\x1b[2J.jsonl:2:" in err


@pytest.mark.django_db
def test_many_bad_lines_are_counted_not_all_shown(tmp_path: Path, rejects: Path) -> None:
    path = write(tmp_path / "lines.jsonl", [line(), *["broken"] * 50])
    _, err = run(path, rejects=rejects)
    assert err.count("not JSON") == 20
    assert "and 30 more" in err
    assert len(rejected(rejects)) == 50


@pytest.mark.django_db
def test_rejects_go_to_a_new_file_in_the_var_folder_by_default(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path / "var"
    path = write(tmp_path / "my lines.v2.jsonl", [line(), "broken"])
    err = io.StringIO()
    call_command("import_solutions", str(path), stdout=io.StringIO(), stderr=err)
    (made,) = (tmp_path / "var/rejects").iterdir()
    assert made.name.startswith("my_lines-")
    assert str(made) in err.getvalue()


@pytest.mark.django_db
def test_mended_rejects_can_be_imported(tmp_path: Path, rejects: Path) -> None:
    run(write(tmp_path / "lines.jsonl", [line(), line(sample_index=-1)]), rejects=rejects)
    mended = [row["text"].replace("-1", "1") for row in rejected(rejects)]
    run(write(tmp_path / "mended.jsonl", mended), rejects=rejects)
    assert Sample.objects.count() == 2


@pytest.mark.django_db
def test_it_fails_only_where_nothing_could_be_imported_or_strictness_was_asked_for(
    tmp_path: Path, rejects: Path
) -> None:
    good, bad = line(), line(sample_index=-1)
    with pytest.raises(CommandError, match="Nothing could be imported"):
        run(write(tmp_path / "bad.jsonl", [bad]), rejects=rejects)
    mixed = write(tmp_path / "mixed.jsonl", [good, bad])
    run(mixed, rejects=rejects)
    with pytest.raises(CommandError, match="1 bad lines, and --strict"):
        run(mixed, rejects=rejects, strict=True)
    run(write(tmp_path / "good.jsonl", [good]), rejects=rejects, strict=True)


@pytest.mark.django_db
def test_what_cannot_start_changes_nothing(tmp_path: Path, rejects: Path) -> None:
    good = write(tmp_path / "good.jsonl", [line()])
    for files, options, why in (
        ([good, tmp_path / "missing.jsonl"], {}, "no such file"),
        ([good], {"format": "nativ"}, "Unknown format"),
        ([good], {"campaign": "no slug!"}, "--campaign"),
        ([good, rejects], {}, "one of the files"),
        ([write(tmp_path / "odd.jsonl", ["{}"])], {}, "cannot be told"),
    ):
        with pytest.raises(CommandError, match=why):
            run(*files, rejects=rejects, **options)
    with pytest.raises(CommandError, match="is a folder"):
        run(good, rejects=tmp_path)
    assert not ImportBatch.objects.exists()
    assert not Campaign.objects.exists()


@pytest.mark.django_db
def test_options_speak_where_the_file_does_not(tmp_path: Path, rejects: Path) -> None:
    options = {"source": "pool-a", "generator": "g", "held_out": True, "campaign": "held"}
    run(write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42")]), rejects=rejects, **options)
    scores = write(tmp_path / "scores.jsonl", [score_line(0, [0.5, 0.1])])
    with pytest.raises(CommandError, match="Nothing"):
        run(scores, rejects=rejects)
    run(scores, rejects=rejects, source="pool-a")
    assert Sample.objects.get(source="pool-a", generator="g", problem__held_out=True)
    assert RecordedScore.objects.count() == 1


@pytest.mark.django_db
def test_an_existing_campaign_is_not_made_again(tmp_path: Path, rejects: Path) -> None:
    path = write(tmp_path / "lines.jsonl", [line()])
    run(path, campaign="one", rejects=rejects)
    out, _ = run(path, campaign="one", rejects=rejects)
    assert "Made the campaign" not in out
    assert Campaign.objects.count() == 1


@pytest.mark.django_db
def test_standard_input_is_read_once(tmp_path: Path, rejects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "\n".join(json.dumps(line(sample_index=index)) for index in range(300))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    call_command("import_solutions", "-", rejects=str(rejects), stdout=io.StringIO())
    assert Sample.objects.count() == 300
    with pytest.raises(CommandError, match="once only"):
        call_command("import_solutions", "-", "-")


# --- processes of their own ----------------------------------------------------------------------------------------
SAMPLES = 3 * batches.MOST_RECORDS + 500


@pytest.fixture
def many(tmp_path: Path) -> Path:
    problems = (f"What is {number} times 7?" for number in range(SAMPLES))
    return write(tmp_path / "many.jsonl", (line(problem=text, sample_index=0) for text in problems))


@contextmanager
def problem_in_the_making(number: int) -> Iterator[BaseDatabaseWrapper]:
    """Hold a problem of that file's uncommitted on another connection: an import stops where it meets it."""
    text = f"What is {number} times 7?"
    other = connections.create_connection("default")
    other.settings_dict = connections["default"].settings_dict
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO corpus_problem (key, text, held_out, created_at) VALUES (%s, %s, false, now())",
                [problem_key(text), text],
            )
        yield other
    finally:
        other.close()


def start_import(processes: Processes, path: Path) -> Any:
    return processes.start("import", "manage.py", "import_solutions", str(path), "--no-grade")


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_a_file_at_the_same_moment_end_well_with_each_row_once(many: Path, processes: Processes) -> None:
    running = [start_import(processes, many) for _ in range(2)]
    assert [process.wait(120) for process in running] == [0, 0]
    assert (Sample.objects.count(), Problem.objects.count(), Solution.objects.count()) == (SAMPLES,) * 3
    first, second = ImportBatch.objects.all()
    assert first.samples_added + second.samples_added == SAMPLES
    assert first.samples_known + second.samples_known == SAMPLES
    assert first.rejected == second.rejected == 0


@pytest.mark.django_db(transaction=True)
def test_a_row_that_someone_else_adds_at_the_same_moment_is_found_not_doubled(many: Path, processes: Processes) -> None:
    with problem_in_the_making(SAMPLES // 2) as other:
        process = start_import(processes, many)
        wait_until(lambda: backends_waiting() > 0, what="the import's arrival at the problem in the making")
        with other.cursor() as cursor:
            cursor.execute("COMMIT")
        assert process.wait(120) == 0
    assert (Sample.objects.count(), Problem.objects.count()) == (SAMPLES, SAMPLES)


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_whole_batches_and_the_next_one_adds_just_the_rest(
    many: Path, processes: Processes
) -> None:
    with problem_in_the_making(SAMPLES // 2):
        process = start_import(processes, many)
        wait_until(lambda: backends_waiting() > 0, what="the import's arrival in the middle")
        processes.stop(process, how=signal.SIGKILL)
    killed = ImportBatch.objects.get()
    assert killed.samples_added == Sample.objects.count() == Solution.objects.count() == batches.MOST_RECORDS
    assert killed.finished_at is None

    assert start_import(processes, many).wait(120) == 0
    rest = ImportBatch.objects.latest("id")
    assert (rest.samples_added, rest.samples_known) == (SAMPLES - batches.MOST_RECORDS, batches.MOST_RECORDS)
    assert Sample.objects.count() == Problem.objects.count() == SAMPLES


@pytest.mark.django_db(transaction=True)
def test_wait_shows_the_grading_until_a_real_worker_is_done(
    tmp_path: Path, processes: Processes, rejects: Path
) -> None:
    processes.worker()
    samples = (line(sample_index=index, steps=[f"A: {index}"]) for index in range(1_200))
    out, _ = run(write(tmp_path / "lines.jsonl", samples), rejects=rejects, wait=True)
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == (JobState.DONE, 1_200, 1_200)
    assert "1 right, 1,199 wrong" in out
    assert Verdict.objects.count() == Solution.objects.exclude(verdict=None).count() == 1_200
