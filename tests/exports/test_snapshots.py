"""Snapshots: named by what they hold, the same bytes again, and every change told by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from exports import make_snapshot
from exports.formats import FORMATS
from exports.models import Snapshot
from exports.requests import ExportRefused
from exports.snapshots.building import manifest_of
from exports.snapshots.difference import diff_snapshots, told_in_words
from exports.snapshots.finding import snapshot_found
from exports.snapshots.manifest import MANIFEST, digest
from exports.snapshots.verifying import verify_snapshot
from labelling.jobs.models import Job, JobState
from labelling.people.models import User
from labelling.rating.voids import annotations_void
from tests.exports.frozen import corrected, files_of
from tests.exports.labelled import choices
from tests.factories import AnnotationFactory, GoldFactory, SampleFactory, ScoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


class TestWhatItHolds:
    def test_its_name_is_the_hash_of_its_manifest_which_has_that_of_every_file(self) -> None:
        AnnotationFactory.create_batch(2)
        made = make_snapshot(format="prm800k", title="First")
        files = files_of(made)
        assert digest(files.pop(MANIFEST)) == made.hash
        listed = {file["path"]: file["sha256"] for file in manifest_of(made)["files"]}
        assert listed == {path: digest(data) for path, data in files.items()}
        assert set(files) == {"README.md", "data/train.jsonl", "ledger.jsonl"}
        assert (made.rows, made.title, made.purpose) == (2, "First", "training")

    def test_it_counts_by_label_round_rater_and_split(self) -> None:
        first = AnnotationFactory.create(step_ratings=[1, 0, -1])
        AnnotationFactory.create(step_ratings=[1, None], assignment__item__round=first.round)
        made = manifest_of(make_snapshot(format="prm800k", campaign=first.campaign.slug))
        counts = made["counts"]
        assert counts["labels"] == {"positive": 2, "neutral": 1, "negative": 1, "flagged": 1}
        both = {"annotations": 2, "positive": 2, "neutral": 1, "negative": 1, "flagged": 1}
        assert counts["rounds"] == {f"{first.campaign.slug}/1": both}
        assert counts["splits"] == {"train": both}
        assert counts["raters"][first.rater.pseudonym] == {
            "annotations": 1,
            "positive": 1,
            "neutral": 1,
            "negative": 1,
        }
        assert counts["guidelines"] == {f"{first.campaign.slug}/none": {"annotations": 2}}
        assert made["schema"]["database"]["rating"].startswith("00")
        assert len(made["code"]) == 12

    def test_what_was_corrected_or_voided_is_told_by_name(self) -> None:
        old = AnnotationFactory.create()
        new = corrected(old, step_ratings=[1, 1, 1])
        gone = AnnotationFactory.create(gave_up=True)
        made = make_snapshot(format="prm800k")
        standing = manifest_of(made)["standing"]
        assert (standing["corrected"]["count"], standing["replaced"]["count"]) == (1, 1)
        lines = [json.loads(line) for line in files_of(made)["ledger.jsonl"].splitlines()]
        told = {(line["lease"], line["version"]): line.get("why") for line in lines}
        assert told == {
            (old.assignment_id.hex, 1): "replaced",
            (new.assignment_id.hex, 2): None,
            (gone.assignment_id.hex, 1): "give_up",
        }

    def test_a_void_is_told_and_changes_the_next_one_only(self, lead: User) -> None:
        annotation, kept = AnnotationFactory.create_batch(2)
        first = make_snapshot(format="prm800k")
        before = files_of(first)
        annotations_void(campaign=annotation.campaign, rater=annotation.rater, by=lead, reason="Clicked through.")
        second = make_snapshot(format="prm800k")
        assert manifest_of(second)["standing"]["voided"]["count"] == 1
        assert files_of(first) == before
        [change] = diff_snapshots(snapshot_found(first.hash), snapshot_found(second.hash)).changes
        assert (change.who["lease"], change.why) == (annotation.assignment_id.hex, "voided")
        assert kept.document in files_of(second)["data/train.jsonl"].decode()

    def test_of_several_raters_it_tells_whose_answer_stands(self) -> None:
        first = AnnotationFactory.create(step_ratings=[1, -1])
        for ratings in ([1, -1], [1, 1, 1]):
            AnnotationFactory.create(assignment__item=first.item, step_ratings=ratings)
        made = make_snapshot(format="processbench", resolve="majority")
        lines = [json.loads(line) for line in files_of(made)["ledger.jsonl"].splitlines()]
        told = {line["lease"]: line.get("why") for line in lines}
        assert told[first.assignment_id.hex] is None
        assert sorted(map(str, told.values())) == ["None", "settled_otherwise", "settled_otherwise"]
        assert manifest_of(made)["consensus"]["method"] == "majority"
        assert [line.get("settled_by") for line in lines if line["in"]] == ["majority 1"]

    def test_of_an_answer_that_a_person_decided_it_says_so(self) -> None:
        first = AnnotationFactory.create(step_ratings=[1, -1])
        AnnotationFactory.create(assignment__item=first.item, step_ratings=[1, 1, 1])
        GoldFactory.create(solution=first.solution, campaign=first.campaign, acceptable=[1])
        made = make_snapshot(format="processbench", resolve="majority")
        lines = [json.loads(line) for line in files_of(made)["ledger.jsonl"].splitlines()]
        assert [line["settled_by"] for line in lines if line["in"]] == ["person"]

    def test_nothing_in_it_names_a_rater(self) -> None:
        for annotation in AnnotationFactory.create_batch(3):
            user = annotation.rater
            user.username, user.first_name, user.email = "Zebulon-Quux", "Zebulon", "zebulon@quux.example"
            user.username += str(user.pk)
            user.save()
        wanted: list[tuple[str, Any]] = [("prm800k", {}), ("trl", {"neutral": "positive"}), ("processbench", {})]
        for name, options in wanted:
            for container in ("lines", "parquet"):
                made = make_snapshot(format=name, container=container, **options)
                assert not [path for path, data in files_of(made).items() if b"ebulon" in data or b"quux" in data]

    def test_it_can_hold_both_sides(self) -> None:
        AnnotationFactory.create_batch(12)
        made = make_snapshot(format="prm800k", split="both", test_share=0.5)
        files = files_of(made)
        sides = {one.key for one in made.problems.filter(test=True)}
        tested = {json.loads(line)["question"]["problem"] for line in files["data/test.jsonl"].splitlines()}
        assert 0 < len(sides) == len(tested) < 12
        assert made.problems.count() == 12

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("container", ["lines", "parquet"])
    def test_every_format_can_be_frozen(self, name: str, container: str) -> None:
        notes = [{"step": 2, "type": "other", "explanation": "It is 8.", "corrected": ""}]
        annotation = AnnotationFactory.create(notes=notes)
        SampleFactory.create(solution=annotation.solution)
        document = json.loads(annotation.document)
        score = ScoreFactory.create(solution=annotation.solution)
        made: Any = {key: value for key, value in choices(FORMATS[name]).items() if value is not None}
        if name == "best-of-n":
            made = {"model": score.version.model.name}
        if name in ("dpo", "step-dpo"):
            document["label"]["steps"][2]["completions"].append({"text": "8.", "rating": 1, "flagged": False})
            corrected(annotation, document=json.dumps(document))
        first = make_snapshot(format=name, container=container, unfit="leave-out", **made)
        assert make_snapshot(format=name, container=container, unfit="leave-out", **made) == first
        assert not verify_snapshot(snapshot_found(first.hash)).faults
        assert first.rows >= 1

    def test_a_row_refuses_to_change(self) -> None:
        AnnotationFactory.create()
        made = make_snapshot(format="prm800k")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Snapshot.objects.update(rows=7)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            made.problems.all()._raw_delete("default")

    def test_what_cannot_be_made_leaves_nothing(self, storage: Path) -> None:
        with pytest.raises(ExportRefused, match="There is no row to write"):
            make_snapshot(format="prm800k")
        with pytest.raises(ExportRefused, match="needs --neutral"):
            make_snapshot(format="trl")
        assert not storage.exists()
        assert Job.objects.get().state == JobState.FAILED
        assert not Snapshot.objects.exists()


class TestTwoOfThem:
    def test_the_same_again_is_the_same(self) -> None:
        AnnotationFactory.create_batch(3)
        first = make_snapshot(format="prm800k")
        before = files_of(first)
        assert make_snapshot(format="prm800k", title="again") == first
        assert files_of(first) == before
        assert Snapshot.objects.count() == 1

    def test_changing_one_label_changes_the_hash_and_is_told_by_name(self) -> None:
        annotation, other = AnnotationFactory.create_batch(2)
        first = make_snapshot(format="trl", neutral="positive")
        corrected(annotation, step_ratings=[1, 0, 1])
        second = make_snapshot(format="trl", neutral="positive")
        assert first.hash != second.hash
        told = diff_snapshots(snapshot_found(first.hash), snapshot_found(second.hash[:8]))
        assert (told.counts, told.settings) == ({"added": 0, "removed": 0, "changed": 1, "same": 1}, {})
        [change] = told.changes
        assert change.who["lease"] == annotation.assignment_id.hex != other.assignment_id.hex
        words = told_in_words(change)
        assert annotation.rater.pseudonym in words
        assert "step 3 -1 → +1" in words
        assert "version 1 → 2" in words

    def test_what_came_and_went_is_told_with_the_reason(self) -> None:
        annotation = AnnotationFactory.create()
        first = make_snapshot(format="prm800k")
        corrected(annotation, gave_up=True)
        added = AnnotationFactory.create()
        second = make_snapshot(format="prm800k")
        told = diff_snapshots(snapshot_found(first.hash), snapshot_found(second.hash))
        by_lease = {change.who["lease"]: change for change in told.changes}
        assert by_lease[annotation.assignment_id.hex].why == "give_up"
        assert by_lease[added.assignment_id.hex].before is None
        assert told.counts == {"added": 1, "removed": 1, "changed": 0, "same": 0}

    def test_samples_are_told_too(self) -> None:
        score = ScoreFactory.create()
        sample = SampleFactory.create(solution=score.solution)
        options: Any = {"format": "best-of-n", "model": score.version.model.name}
        first = make_snapshot(**options)
        score.solution.verdict = "right"
        score.solution.save(update_fields=["verdict"])
        told = diff_snapshots(snapshot_found(first.hash), snapshot_found(make_snapshot(**options).hash))
        assert told.changes[0].after == {"verdict": "right"}
        assert told.changes[0].who["generator"] == sample.generator


@pytest.mark.parametrize("container", ["lines", "parquet"])
def test_datasets_reads_the_rows_of_its_folder(
    container: str, storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the card: the ledger and the manifest beside them are no rows."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    AnnotationFactory.create_batch(12)
    made = make_snapshot(format="trl", neutral="positive", split="both", test_share=0.5, container=container)
    loaded = datasets.load_dataset(str(storage / made.hash), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == manifest_of(made)["counts"]["rows_by_split"]
    assert loaded["train"][0]["labels"] == [True, True, False]
