"""Labelled files back in: PRM800K's lines come out again byte for byte, and nothing is imported twice."""

import gzip
import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command

from exports.services import export_dataset
from labelling.corpus.models import PoolEntry, Solution
from labelling.people.models import User
from labelling.pipeline.readback.importing import ReadbackReport, Wanted, dataset_import, files_open
from labelling.rating.models import Annotation
from labelling.rounds.models import Round, RoundState
from tests.corpus.importing import rejected
from tests.factories import AnnotationFactory, annotation_row
from tests.pipeline.odd_lines import HUGE, odd_lines

pytestmark = pytest.mark.django_db

EVERYTHING = ("give_up", "bad_problem", "gold", "screening")


def imported(path: Path, *, campaign: str = "back", format_name: str = "auto", **wanted: Any) -> ReadbackReport:
    files = files_open(files=[str(path)], format_name=format_name)
    return dataset_import(files=files, wanted=Wanted(campaign, **wanted), rejects=path.parent / "rejects.jsonl")


def exported(path: Path, *, campaign: str = "back", raters: Any = "original") -> bytes:
    """Every annotation of the campaign as PRM800K's lines."""
    export_dataset(
        format="prm800k",
        output=path,
        campaign=campaign,
        raters=raters,
        include=EVERYTHING,
        force=True,
        card=False,
        truncate="no",
    )
    return path.read_bytes()


def line(**changes: Any) -> bytes:
    return json.dumps(annotation_row(labeler="someone", **changes), ensure_ascii=False).encode()


def written(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(one + b"\n" for one in lines))
    return path


class TestRoundTrip:
    def test_the_published_row_comes_out_again_and_a_second_import_adds_nothing(
        self, shared_data: Path, tmp_path: Path
    ) -> None:
        readme_row = json.loads((shared_data / "formats" / "golden_rows.json").read_text())["prm800k"]
        path = written(tmp_path / "labels.jsonl", [json.dumps(readme_row).encode()])
        assert imported(path).counts.annotations_added == 1
        assert exported(tmp_path / "again.jsonl") == path.read_bytes()
        again = imported(path).counts
        assert (again.annotations_added, again.annotations_known) == (0, 1)
        assert Annotation.objects.count() == 1

    def test_peoples_labels_of_phase_1_come_out_again(self, shared_data: Path, tmp_path: Path) -> None:
        path = written(tmp_path / "phase1.jsonl", _phase_1(shared_data))
        report = imported(path)
        assert (report.rejected, report.counts.annotations_known) == (0, 0)
        assert report.counts.annotations_added == report.lines == 900
        assert exported(tmp_path / "again.jsonl") == path.read_bytes()

    def test_generated_lines_with_every_oddity_come_out_again(self, tmp_path: Path) -> None:
        # A row is the same one whatever white space lies around it.
        lines = list({one.strip(): one for one in [*odd_lines(2_100), HUGE]}.values())
        assert len(lines) > 2_000
        content = b"".join(one + (b"\r\n" if at % 3 == 0 else b"\n") for at, one in enumerate(lines))
        path = tmp_path / "odd.jsonl"
        path.write_bytes(content)
        report = imported(path, format_name="prm800k")
        assert rejected(tmp_path / "rejects.jsonl") == []
        assert report.counts.annotations_added == len(lines)
        assert exported(tmp_path / "again.jsonl") == content


class TestWhatIsKept:
    def test_raters_times_generations_and_flags(self, tmp_path: Path) -> None:
        rows = [
            annotation_row(labeler="ann", generation=2),
            annotation_row(labeler="ben", generation=2),
            annotation_row(labeler="ann", generation=None, finish_reason="solution", ratings=(1, None, 0)),
            annotation_row(labeler="ann", generation=-1) | {"is_initial_screening_question": True},
            annotation_row(labeler="ann", generation=3) | {"is_quality_control_question": True},
            annotation_row(labeler="ben", generation=3, ratings=(), finish_reason="give_up"),
        ]
        imported(written(tmp_path / "labels.jsonl", [json.dumps(row).encode() for row in rows]))
        kept = list(Annotation.objects.order_by("pk").select_related("round", "item", "rater"))
        assert [one.round and one.round.number for one in kept] == [2, 2, 0, None, 3, 3]
        assert [one.item.kind for one in kept] == ["normal", "normal", "normal", "screening", "gold", "normal"]
        assert [one.rater_id == kept[0].rater_id for one in kept] == [True, False, True, True, True, False]
        assert [one.first_error for one in kept] == [2, 2, None, 2, 2, None]
        assert kept[2].step_ratings == [1, None, 0]
        assert kept[0].created_at.replace(tzinfo=None).isoformat() == rows[0]["timestamp"]
        assert set(Round.objects.values_list("state", flat=True)) == {RoundState.CLOSED}
        assert not PoolEntry.objects.exists()
        assert not User.objects.filter(is_active=True).exists()

    def test_one_solution_by_two_raters_is_one_and_a_second_meeting_gets_its_own(self, tmp_path: Path) -> None:
        lines = [
            json.dumps(annotation_row(labeler=name, total_time=time)).encode()
            for name, time in (("ann", 1), ("ben", 2), ("ann", 3))
        ]
        path = written(tmp_path / "labels.jsonl", lines)
        imported(path)
        assert Solution.objects.count() == 2
        assert exported(tmp_path / "again.jsonl") == path.read_bytes()

    def test_a_row_is_the_same_in_lines_and_in_a_list(self, tmp_path: Path) -> None:
        imported(written(tmp_path / "labels.jsonl", [line(problem="Où est 1 + 1?")]))
        path = tmp_path / "labels.json"
        path.write_bytes(b"[" + line(problem="Où est 1 + 1?") + b"]")
        assert imported(path).counts.annotations_known == 1

    def test_our_own_export_read_back_keeps_its_raters(self, tmp_path: Path) -> None:
        stored = AnnotationFactory.create(step_ratings=[1, 0, -1])
        path = tmp_path / "ours.jsonl"
        exported(path, campaign=stored.campaign.slug, raters="pseudonym")
        imported(path)
        assert Annotation.objects.latest("pk").rater == stored.rater
        assert exported(tmp_path / "again.jsonl", raters="pseudonym") == path.read_bytes()

    def test_exports_show_pseudonyms_and_no_name(self, tmp_path: Path) -> None:
        imported(written(tmp_path / "labels.jsonl", [line()]))
        out = exported(tmp_path / "again.jsonl", raters="pseudonym")
        assert b"someone" not in out
        assert User.objects.get().pseudonym.encode() in out

    @pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.zst"])
    def test_packed_files(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"labels{suffix}"
        content = line() + b"\n"
        path.write_bytes(
            gzip.compress(content) if suffix.endswith("gz") else pa.compress(content, "zstd", asbytes=True)
        )
        assert imported(path).counts.annotations_added == 1


class TestRefusals:
    def test_bad_lines_are_set_aside_with_file_line_and_reason(self, tmp_path: Path) -> None:
        good = json.loads(line())
        bad = {
            b'{"labeler": "a\0b"}': "holds a NUL character (U+0000)",
            json.dumps(good | {"labeler": "a\0b"}).encode(): "holds a NUL character (U+0000) at position 1",
            json.dumps(good | {"labeler": 3}).encode(): "Expected `str`, got `int` - at `$.labeler`",
            json.dumps(good | {"timestamp": "noon"}).encode(): "timestamp: expected a time",
            json.dumps(good | {"generation": -2}).encode(): "generation: expected a whole number",
            b'{"labeler": "a", "labeler": "b"}': "a key stands twice",
            b"\xff": "not UTF-8",
        }
        path = written(tmp_path / "labels.jsonl", [line(), *bad, line(total_time=3)])
        report = imported(path, format_name="prm800k")
        assert report.counts.annotations_added == 2
        rows = rejected(tmp_path / "rejects.jsonl")
        assert [(row["file"], row["line"]) for row in rows] == [(str(path), at) for at in range(2, 2 + len(bad))]
        for row, reason in zip(rows, bad.values(), strict=True):
            assert reason in row["reason"]

    def test_a_round_of_the_campaigns_own_takes_none(self, tmp_path: Path) -> None:
        stored = AnnotationFactory.create()
        assert stored.round is not None
        path = written(tmp_path / "labels.jsonl", [line(generation=stored.round.number)])
        report = imported(path, campaign=stored.campaign.slug)
        assert (report.rejected, report.counts.annotations_added) == (1, 0)


class TestCommand:
    def test_it_sums_up_and_says_when_there_is_nothing_new(self, tmp_path: Path) -> None:
        path = written(tmp_path / "labels.jsonl", [line()])
        first, second = StringIO(), StringIO()
        call_command("import_dataset", str(path), campaign="back", no_grade=True, stdout=first)
        assert first.getvalue().startswith("Added 1 annotations (3 rated steps) to back: 1 new raters, 1 new rounds")
        call_command("import_dataset", str(path), campaign="back", no_grade=True, stdout=second)
        assert "1 were there already. Nothing new." in second.getvalue()

    def test_a_dry_run_keeps_nothing(self, tmp_path: Path) -> None:
        path = written(tmp_path / "labels.jsonl", [line()])
        told = StringIO()
        call_command("import_dataset", str(path), campaign="back", dry_run=True, stdout=told)
        assert told.getvalue().startswith("Would add 1 annotations")
        assert not Annotation.objects.exists()

    def test_what_cannot_be_imported_fails(self, tmp_path: Path) -> None:
        path = written(tmp_path / "labels.jsonl", [b"{}"])
        with pytest.raises(CommandError, match="Nothing could be imported"):
            call_command("import_dataset", str(path), campaign="back", format="prm800k", rejects=str(tmp_path / "r"))
        with pytest.raises(CommandError, match="cannot be told"):
            call_command("import_dataset", str(path), campaign="back")


def _phase_1(shared_data: Path) -> list[bytes]:
    """Sessions as PRM800K's rows, of the candidate steps that people rated: null ratings, own steps and all."""
    import pyarrow.parquet as pq

    path = shared_data / "prm800k_phase1" / "phase1_train_plus.stepwise-critic.parquet"
    sessions: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in pq.read_table(path).to_pylist():
        sessions.setdefault(row["instruction"], {}).setdefault(str(row["responses"]), []).append(row)
    return [
        json.dumps(_session(at, problem, turns), ensure_ascii=False).encode()
        for at, (problem, turns) in enumerate(sessions.items())
    ]


def _session(at: int, problem: str, turns: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row = annotation_row(labeler=f"rater-{at % 7}", problem=problem, generation=None, finish_reason="solution")
    row["question"]["pre_generated_steps"] = None
    row["label"]["steps"] = [_step(turn) for turn in turns.values()]
    return row


def _step(turn: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [one for one in turn if not one["is_human_response"]]
    own = [one for one in turn if one["is_human_response"]]
    chosen = next((at for at, one in enumerate(shown) if one["is_preferred_response"]), None)
    human = {"text": own[0]["next_response"], "rating": None, "source": "human", "flagged": False} if own else None
    return {
        "completions": [{"text": o["next_response"], "rating": _rating(o), "flagged": False} for o in shown],
        "human_completion": human,
        "chosen_completion": chosen,
    }


def _rating(row: dict[str, Any]) -> int | None:
    return None if row["rating"] is None else int(row["rating"])
