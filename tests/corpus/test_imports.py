"""Importing: what counts as the same, what is added once, and what becomes of lines that cannot be kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection

from labelling.corpus.importers import ImportContext
from labelling.corpus.models import (
    Alternative,
    ImportBatch,
    PoolEntry,
    Problem,
    RecordedScore,
    Sample,
    Solution,
)
from labelling.corpus.services import ImportProblem, ImportReport, batches, sources_open
from labelling.corpus.text import prefix_key
from tests.corpus.importing import import_files, line, pool_line, rejected, score_line, write

pytestmark = pytest.mark.django_db


class Imports(Protocol):
    def __call__(self, *lines: dict[str, Any] | str | bytes, **options: Any) -> ImportReport: ...


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects.jsonl"


@pytest.fixture
def imports(tmp_path: Path, rejects: Path) -> Imports:
    """Import lines as one file."""

    def run(*lines: dict[str, Any] | str | bytes, **options: Any) -> ImportReport:
        return import_files(write(tmp_path / "lines.jsonl", lines), rejects=rejects, **options)

    return run


@pytest.fixture
def reasons(rejects: Path) -> Callable[[], list[str]]:
    return lambda: [row["reason"] for row in rejected(rejects)]


# --- identity ------------------------------------------------------------------------------------------------------
def test_a_problem_is_known_by_its_normalised_text_across_files(imports: Imports) -> None:
    imports(line(problem="What is  6 times 7?\n"))
    report = imports(line(problem="What is 6 times 7?", source="other"))
    assert Problem.objects.count() == 1
    assert (report.counts.problems_added, report.counts.samples_added) == (0, 1)


def test_identical_texts_share_a_solution_and_each_sample_stays(imports: Imports) -> None:
    report = imports(*(line(sample_index=index) for index in (4, 2, 9)), line(sample_index=1, steps=["A: 42"]))
    assert Sample.objects.count() == 4
    assert Solution.objects.count() == 2
    assert report.counts.twins == 2


def test_the_first_index_stays_the_lowest_when_twins_come_later(imports: Imports) -> None:
    imports(line(sample_index=4), line(sample_index=7))
    assert Solution.objects.get().first_index == 4
    imports(line(sample_index=2, source="later"))
    assert Solution.objects.get().first_index == 2
    imports(line(sample_index=3, source="latest"))
    assert Solution.objects.get().first_index == 2


def test_the_same_text_of_another_problem_is_another_solution(imports: Imports) -> None:
    imports(line(), line(problem="What is 7 times 6?"))
    assert Solution.objects.count() == 2


def test_samples_differ_by_generator_source_and_index(imports: Imports) -> None:
    imports(line(), line(generator="b"), line(source="b"), line(sample_index=1))
    assert Sample.objects.count() == 4


def test_importing_again_adds_nothing_and_says_what_was_known(imports: Imports) -> None:
    lines = [
        line(sample_index=0, scores={"prm-a": [0.5, 0.25]}, alternatives={"1": ["A: 41", "A: 43"]}),
        line(sample_index=1),
    ]
    imports(*lines)
    counts = imports(*lines).counts
    assert (counts.samples_added, counts.samples_known) == (0, 2)
    assert (counts.solutions_added, counts.problems_added, counts.alternatives_added, counts.scores_added) == (0,) * 4
    assert counts.scores_known == 1
    assert (Sample.objects.count(), Alternative.objects.count(), RecordedScore.objects.count()) == (2, 2, 1)


def test_a_line_that_stands_twice_in_a_file_is_known_the_second_time(imports: Imports) -> None:
    counts = imports(line(), line()).counts
    assert (counts.samples_added, counts.samples_known) == (1, 1)


def test_texts_arrive_unharmed(imports: Imports) -> None:
    steps = ['\\frac{1}{2} "quoted" {a,b}\tNULL', "<<6*7=42>>42 👩‍🔬 \\N", "\\."]
    imports(line(steps=steps, meta={"a": ['"', "\\"]}, id="p{1}"))
    assert Solution.objects.get().steps == steps
    sample = Sample.objects.get()
    assert (sample.meta, sample.external_id) == ({"a": ['"', "\\"]}, "p{1}")


# --- answers -------------------------------------------------------------------------------------------------------
def test_final_answers_are_found_at_import_unless_the_source_states_one(imports: Imports) -> None:
    imports(
        line(sample_index=0, text="So \\boxed{42}. Done."),
        line(sample_index=1, steps=["#### 41"]),
        line(sample_index=2, steps=["A: 42"], final_answer="forty-two"),
        line(sample_index=3, steps=["I do not know."]),
    )
    answers = dict(Solution.objects.values_list("first_index", "final_answer"))
    assert answers == {0: "42", 1: "41", 2: "forty-two", 3: None}


def test_an_answer_of_too_many_bytes_is_no_answer(imports: Imports) -> None:
    imports(line(steps=["A: " + "算" * 900]))
    assert Solution.objects.get().final_answer is None


# --- references and the test set -----------------------------------------------------------------------------------
def test_a_later_file_completes_a_problem_and_does_not_change_it(imports: Imports) -> None:
    imports(line(reference_answer=None))
    imports(line(source="b", reference_solution="6 * 7 = 42"))
    imports(line(source="c", reference_answer="42.0", reference_solution="another"))
    problem = Problem.objects.get()
    assert (problem.reference_answer, problem.reference_solution) == ("42", "6 * 7 = 42")


def test_a_reference_answer_that_disagrees_is_refused(imports: Imports, reasons: Callable[[], list[str]]) -> None:
    imports(line())
    report = imports(line(source="b", reference_answer="43"), line(source="c", reference_answer="$42.00"))
    assert (report.rejected, report.counts.samples_added) == (1, 1)
    assert "'43' disagrees with this problem's stored reference answer '42'" in reasons()[0]
    assert Problem.objects.get().reference_answer == "42"


def test_references_that_disagree_within_a_file_are_refused_too(imports: Imports) -> None:
    report = imports(line(), line(sample_index=1, reference_answer="43"))
    assert (report.rejected, Sample.objects.count()) == (1, 1)


def test_a_reference_that_the_grader_cannot_compare_is_set_aside(
    imports: Imports, reasons: Callable[[], list[str]]
) -> None:
    imports(line(reference_answer="x + 1"))
    imports(line(source="b", reference_answer="1 + x"))
    assert "cannot be compared" in reasons()[0]


def test_once_held_out_always_held_out(imports: Imports) -> None:
    imports(line())
    imports(line(source="b", held_out=True))
    imports(line(source="c"))
    assert Problem.objects.get().held_out
    imports(line(problem="Another?"), context=ImportContext(held_out=True))
    assert Problem.objects.filter(held_out=True).count() == 2


# --- alternatives and pools ----------------------------------------------------------------------------------------
def test_alternatives_belong_to_problem_prefix_and_text(imports: Imports) -> None:
    imports(
        line(sample_index=0, alternatives={"1": ["A: 41"]}),
        line(sample_index=1, steps=["6 times 7 is 42.", "A: 40"], alternatives={"1": ["A: 41"]}),
        line(sample_index=2, steps=["No idea.", "A: 40"], alternatives={"1": ["A: 41"]}),
    )
    assert Alternative.objects.count() == 2
    assert Alternative.objects.filter(prefix_key=prefix_key(["6 times 7 is 42."]), step_index=1).count() == 1


def test_known_samples_fill_another_campaigns_pool(imports: Imports) -> None:
    lines = line(), line(problem="Another?")
    imports(*lines, campaign="first")
    report = imports(*lines, campaign="second")
    assert (report.counts.samples_added, report.counts.pool_added) == (0, 2)
    assert (
        PoolEntry.objects.filter(campaign="first").count() == PoolEntry.objects.filter(campaign="second").count() == 2
    )
    assert imports(*lines, campaign="second").counts.pool_added == 0


def test_refused_samples_do_not_bring_their_problem_into_the_pool(imports: Imports) -> None:
    imports(line())
    imports(line(reference_answer="43"), campaign="first")
    assert not PoolEntry.objects.exists()


# --- scores --------------------------------------------------------------------------------------------------------
def test_scores_in_files_of_their_own_find_their_samples_in_any_order(tmp_path: Path, rejects: Path) -> None:
    pool = write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42", "b\nA: 41"), pool_line("c\nA: 42", problem_id="p2")])
    scores = write(tmp_path / "a.jsonl", [score_line(1, [0.5, 0.1]), score_line(0, [1, 0.9], problem_id="p2")])
    report = import_files(scores, pool, rejects=rejects)
    assert (report.counts.samples_added, report.counts.scores_added, report.rejected) == (3, 2, 0)
    stored = {score.solution.text: score.step_scores for score in RecordedScore.objects.select_related("solution")}
    assert stored == {"b\nA: 41": [0.5, 0.1], "c\nA: 42": [1.0, 0.9]}


def test_scores_may_come_in_a_later_import(tmp_path: Path, rejects: Path) -> None:
    import_files(write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42")]), rejects=rejects)
    scores = write(tmp_path / "scores.jsonl", [score_line(0, [0.5, 0.1])])
    assert import_files(scores, rejects=rejects).counts.scores_added == 1
    again = import_files(scores, rejects=rejects).counts
    assert (again.scores_added, again.scores_known) == (0, 1)


def test_twins_share_a_score_and_different_scores_for_a_text_are_refused(
    tmp_path: Path, rejects: Path, reasons: Callable[[], list[str]]
) -> None:
    pool = write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42", "a\nA: 42", "a\nA: 42")])
    lines = score_line(0, [0.5, 0.1]), score_line(1, [0.5, 0.1]), score_line(2, [0.5, 0.2])
    report = import_files(pool, write(tmp_path / "scores.jsonl", lines), rejects=rejects)
    assert (report.counts.scores_added, report.counts.scores_known, report.rejected) == (1, 1, 1)
    assert "other scores of this scorer" in reasons()[0]
    assert RecordedScore.objects.get().step_scores == [0.5, 0.1]


def test_scores_without_a_sample_or_of_another_length_are_refused(
    tmp_path: Path, rejects: Path, reasons: Callable[[], list[str]]
) -> None:
    pool = write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42")])
    lines = score_line(7, [0.5, 0.1]), score_line(0, [0.5]), score_line(0, [0.5, 0.1], problem_id="p9")
    report = import_files(pool, write(tmp_path / "scores.jsonl", lines), rejects=rejects)
    assert (report.rejected, report.counts.scores_added) == (3, 0)
    assert "sample 7 of problem 'p1' from source 'best-of-n' is not known" in reasons()[0]
    assert "expected 2, one a step, found 1" in reasons()[1]
    assert "'p9'" in reasons()[2]


def test_scores_that_could_be_two_generators_are_refused(
    tmp_path: Path, rejects: Path, reasons: Callable[[], list[str]]
) -> None:
    for generator, text in (("a", "a\nA: 42"), ("b", "b\nA: 42")):
        pool = write(tmp_path / "pool.jsonl", [pool_line(text)])
        import_files(pool, rejects=rejects, context=ImportContext(generator=generator))
    import_files(write(tmp_path / "scores.jsonl", [score_line(0, [0.5, 0.1])]), rejects=rejects)
    assert "names 2 solutions" in reasons()[0]


def test_scores_that_come_with_samples_are_checked_against_those_stored(
    imports: Imports, reasons: Callable[[], list[str]]
) -> None:
    imports(line(scores={"prm-a": [0.5, 0.25], "prm-b": [1, 1]}))
    report = imports(line(sample_index=1, scores={"prm-a": [0.5, 0.5], "prm-b": [1, 1]}))
    assert (report.counts.samples_added, report.counts.scores_known, report.rejected) == (1, 1, 1)
    assert "scores of prm-a" in reasons()[0]


# --- bad lines -----------------------------------------------------------------------------------------------------
def test_a_sample_with_another_text_is_refused_and_the_first_one_stays(
    imports: Imports, reasons: Callable[[], list[str]]
) -> None:
    imports(line())
    report = imports(line(steps=["A: 41"]), line(sample_index=5, steps=["A: 40"]), line(sample_index=5))
    assert (report.counts.samples_added, report.rejected) == (1, 2)
    assert "sample 0 of made-up-7b from tests is known for this problem with another text" in reasons()[0]
    assert set(Solution.objects.values_list("final_answer", flat=True)) == {"40", "42"}


HOSTILE: list[tuple[bytes, str]] = [
    (b'{"problem": "cut', "not JSON"),
    (b'{"problem": "\xff\xfe"}', "not UTF-8"),
    (b"[1, 2]", "JSON object"),
    (b"[" * 100_000, "JSON"),
    (b'{"problem": "nul \\u0000", "generator": "g", "steps": ["a"]}', "NUL"),
    (b'{"problem": "p", "generator": "g", "steps": ["half \\ud800"]}', "surrogate"),
    (b'{"problem": "p", "generator": "g", "steps": []}', "steps"),
    (b'{"problem": "p", "generator": "g", "steps": ["a"], "scores": {"s": [2]}}', "scores.s"),
    (b'{"problem": "p", "generator": "g", "steps": ["a"], "sample_index": 3000000000}', "sample_index"),
    (b'{"problem": "p", "generator": "g", "steps": ["a"], "meta": {"x": "\\u0000"}}', "meta"),
    (b'{"problem": "p", "generator": "g", "steps": ["a"], "final_answer": "%b"}' % ("算" * 900).encode(), "bytes"),
]


def test_hostile_lines_are_set_aside_verbatim_and_the_others_arrive(imports: Imports, rejects: Path) -> None:
    report = imports(line(), *(raw for raw, _ in HOSTILE), line(sample_index=1))
    assert (report.counts.samples_added, report.rejected, report.lines) == (2, len(HOSTILE), len(HOSTILE) + 2)
    rows = rejected(rejects)
    assert [row["line"] for row in rows] == list(range(2, len(HOSTILE) + 2))
    for row, (raw, why) in zip(rows, HOSTILE, strict=True):
        assert why in row["reason"]
        assert row["text"].encode(errors="surrogateescape") == raw
        assert row["file"].endswith("lines.jsonl")
    batch = ImportBatch.objects.get()
    assert (batch.rejected, batch.rejects_file, batch.lines) == (len(HOSTILE), str(rejects), len(HOSTILE) + 2)


def test_a_huge_line_is_set_aside_and_the_next_one_read(
    imports: Imports, settings: Any, reasons: Callable[[], list[str]]
) -> None:
    settings.MAX_LINE_BYTES = 10_000
    report = imports(line(steps=["a" * 20_000]), line())
    assert (report.rejected, report.counts.samples_added) == (1, 1)
    assert "longer than 10,000 bytes" in reasons()[0]


def test_a_record_that_only_the_database_refuses_does_not_take_its_batch_along(
    imports: Imports, reasons: Callable[[], list[str]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE corpus_sample ADD CONSTRAINT superstitious CHECK (sample_index <> 13)")
    report = imports(*(line(sample_index=index) for index in range(20)))
    assert (report.counts.samples_added, report.rejected, Sample.objects.count()) == (19, 1, 19)
    assert "the database refuses it" in reasons()[0]
    assert "superstitious" in reasons()[0]


def test_a_rejected_line_is_one_row_with_all_its_reasons(tmp_path: Path, rejects: Path) -> None:
    import_files(write(tmp_path / "pool.jsonl", [pool_line("a\nA: 42", "b\nA: 41", "c\nA: 1")]), rejects=rejects)
    import_files(write(tmp_path / "pool.jsonl", [pool_line("x\nA: 42", "b\nA: 41", "y\nA: 1")]), rejects=rejects)
    (row,) = rejected(rejects)
    assert "sample 0 of" in row["reason"]
    assert "sample 2 of" in row["reason"]
    assert "sample 1 of" not in row["reason"]


def test_no_rejects_file_is_made_where_no_line_is_bad(imports: Imports, rejects: Path) -> None:
    imports(line())
    assert not rejects.exists()
    assert ImportBatch.objects.get().rejects_file == ""


# --- batches -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("limit", ["MOST_RECORDS", "MOST_LINES", "MOST_BYTES"])
def test_batches_are_whole_lines_and_the_outcome_does_not_depend_on_them(
    limit: str, tmp_path: Path, rejects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, limit, 3)
    pools = [pool_line(*(f"{n}\nA: {n}" for n in range(5)), problem_id=f"p{pool}") for pool in range(7)]
    scores = [score_line(n, [0.5, 0.5], problem_id=f"p{pool}") for pool in range(7) for n in range(5)]
    paths = write(tmp_path / "scores.jsonl", ["broken", *scores]), write(tmp_path / "pools.jsonl.gz", pools)
    report = import_files(*paths, rejects=rejects)
    assert (report.counts.samples_added, report.counts.scores_added, report.lines) == (35, 35, 43)
    assert (ImportBatch.objects.get().samples_added, ImportBatch.objects.get().lines) == (35, 43)
    assert report.bytes_read == sum(path.stat().st_size for path in paths)
    assert report.rejected == 1


def test_a_damaged_gzip_file_gives_what_stands_before_the_damage(tmp_path: Path, rejects: Path) -> None:
    path = write(
        tmp_path / "cut.jsonl.gz", [line(sample_index=index, steps=[f"{index * 7919}"]) for index in range(2_000)]
    )
    path.write_bytes(path.read_bytes()[:-2_000])
    report = import_files(path, rejects=rejects)
    assert 0 < report.counts.samples_added < 2_000
    assert "damaged" in rejected(rejects)[0]["reason"]


# --- files ---------------------------------------------------------------------------------------------------------
def open_files(*paths: Path | str, format_name: str | None = None) -> list[str]:
    found = sources_open(files=[str(path) for path in paths], format_name=format_name, context=ImportContext())
    return [Path(source.path).name for source in found]


def test_samples_are_read_before_scores_and_else_in_the_order_given(tmp_path: Path) -> None:
    pool, native = pool_line("a"), line()
    paths = [write(tmp_path / f"{name}.jsonl", [one]) for name, one in zip("bca", (pool, native, pool), strict=True)]
    scores = write(tmp_path / "0.jsonl", ["not JSON", score_line(0, [0.5])])
    assert open_files(scores, *paths) == ["b.jsonl", "c.jsonl", "a.jsonl", "0.jsonl"]


def test_what_cannot_be_imported_is_said_before_anything_is(tmp_path: Path) -> None:
    good = write(tmp_path / "good.jsonl", [line()])
    unknown = write(tmp_path / "unknown.jsonl", [{"a": 1}])
    not_gzip = tmp_path / "plain.jsonl.gz"
    not_gzip.write_bytes(b'{"problem": "p"}')
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "text.txt").touch()
    for path, why in (
        (tmp_path / "missing.jsonl", "no such file"),
        (tmp_path / "text.txt", "unknown kind of file"),
        (tmp_path / "empty.jsonl", "empty"),
        (not_gzip, "line 1: the compressed file is damaged"),
        (unknown, "--format best-of-n|gsm8k|math|native"),
    ):
        with pytest.raises(ImportProblem, match=why.replace("|", r"\|")):
            open_files(good, path)
    with pytest.raises(ImportProblem, match="Unknown format 'nativ'"):
        open_files(good, format_name="nativ")
