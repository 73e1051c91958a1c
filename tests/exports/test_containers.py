"""Packed lines, and folders of Parquet with a card: read by ``datasets``, the same bytes twice, whole or not at all."""

import gzip
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from django.core.management import call_command

from exports import export_dataset
from exports.containers.parquet import Shards
from exports.formats import FORMATS
from exports.formats.schema import arrow_schema
from exports.services import ExportRefused
from tests.exports.labelled import ROWS, choices
from tests.factories import AnnotationFactory, SampleFactory, ScoreFactory

pytestmark = pytest.mark.django_db
NEUTRAL = {"format": "trl", "neutral": "positive"}


@pytest.fixture
def annotations() -> list[Any]:
    """One of each kind, but those that need a choice that not every format has. Their problems stand on either side."""
    made: list[Any] = []
    for kind in ("plain", "right", "neutral", "odd characters", "alternatives"):
        row, question = ROWS[kind], ROWS[kind]["question"]
        judged = [step["completions"][0]["rating"] for step in row["label"]["steps"]]
        made.append(
            AnnotationFactory.create(
                document=json.dumps(row, ensure_ascii=False),
                step_ratings=judged,
                notes=[{"step": 2, "type": "counterfactual", "explanation": "It is 8.", "corrected": ""}],
                assignment__item__solution__steps=question["pre_generated_steps"],
                assignment__item__solution__problem__key=uuid.UUID(int=len(made) << 125),
            )
        )
        score = ScoreFactory.create(solution=made[-1].solution)
        SampleFactory.create(solution=score.solution)
    return made


def folder_of(name: str, target: Path, **options: Any) -> Path:
    writer = FORMATS[name]
    made: Any = {key: value for key, value in choices(writer).items() if value is not None} | options
    if writer.source == "samples":
        made |= {"model": "queued", "orm_model": None}
        del made["orm-model"]
    export_dataset(format=name, output=target, container="parquet", **made)
    return target


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hugging Face's library, offline, with a cache of its own."""
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return datasets


@pytest.mark.usefixtures("annotations")
@pytest.mark.parametrize("name", FORMATS)
class TestByDatasets:
    def test_a_folder_loads(self, name: str, datasets: Any, tmp_path: Path) -> None:
        folder = folder_of(name, tmp_path / "made", split="both", test_share=0.4)
        loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
        card = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
        counted = {one["name"]: one["num_examples"] for one in card["dataset_info"]["splits"]}
        assert {split: len(rows) for split, rows in loaded.items()} == counted
        assert sum(counted.values()) >= 1
        assert (
            next(iter(loaded.values())).column_names == arrow_schema(FORMATS[name].shape(choices(FORMATS[name]))).names
        )

    def test_lines_load_as_the_same_rows(self, name: str, datasets: Any, tmp_path: Path) -> None:
        folder = folder_of(name, tmp_path / "made")
        made: Any = {key: value for key, value in choices(FORMATS[name]).items() if value is not None}
        if name == "best-of-n":
            made = {"model": "queued"}
        export_dataset(format=name, output=tmp_path / "made.jsonl.gz", **made)
        by_line = datasets.load_dataset(
            "json", data_files=str(tmp_path / "made.jsonl.gz"), cache_dir=str(tmp_path / "c")
        )
        from_folder = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "c"))
        for row, other in zip(by_line["train"], from_folder["train"], strict=True):
            assert json.loads(json.dumps(row)) == {**row, **{key: other[key] for key in row if name != "prm800k"}}


class TestLines:
    def test_they_are_packed_by_the_suffix(self, annotations: list[Any], tmp_path: Path) -> None:
        for suffix in ("jsonl", "jsonl.gz", "jsonl.zst"):
            report = export_dataset(output=tmp_path / f"x.{suffix}", **NEUTRAL, alternatives="rows")  # type: ignore[arg-type]
            assert report.size == (tmp_path / f"x.{suffix}").stat().st_size
        plain = (tmp_path / "x.jsonl").read_bytes()
        assert len(plain.splitlines()) == report.lines > len(annotations)
        assert gzip.decompress((tmp_path / "x.jsonl.gz").read_bytes()) == plain
        with pa.CompressedInputStream(pa.OSFile(str(tmp_path / "x.jsonl.zst"), "rb"), "zstd") as packed:
            assert packed.read() == plain

    @pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "jsonl.zst"])
    def test_the_same_data_gives_the_same_bytes(self, annotations: list[Any], suffix: str, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            export_dataset(output=tmp_path / folder / f"x.{suffix}", **NEUTRAL, alternatives="rows")  # type: ignore[arg-type]
        first, second = ({path.name: path.read_bytes() for path in (tmp_path / one).iterdir()} for one in ("a", "b"))
        assert first == second

    def test_beside_the_file_lies_a_card_that_says_how_it_was_made(
        self, annotations: list[Any], tmp_path: Path
    ) -> None:
        export_dataset(output=tmp_path / "x.jsonl", **NEUTRAL, alternatives="drop", resolve="majority")  # type: ignore[arg-type]
        told = (tmp_path / "x.jsonl.card.md").read_text()
        made = json.loads(told.split("```json\n")[1].split("```")[0])
        assert made["choices"]["neutral"] == "positive"
        assert made["consensus"] == {"decided": 0, "method": "majority", "solutions": 5, "version": 1}
        assert "| `neutral` | `positive` | a good step" in told

    def test_the_card_stays_away_on_demand(self, annotations: list[Any], tmp_path: Path) -> None:
        export_dataset(format="prm800k", output=tmp_path / "x.jsonl")
        export_dataset(format="prm800k", output=tmp_path / "x.jsonl", card=False, force=True)
        assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


class TestFolders:
    def test_the_same_data_gives_the_same_bytes(self, annotations: list[Any], tmp_path: Path) -> None:
        first, second = (folder_of("trl", tmp_path / one, split="both", test_share=0.4) for one in ("a", "b"))
        names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
        assert [str(name) for name in names] == [
            "README.md",
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00001.parquet",
        ]
        assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)

    def test_shards_have_so_many_rows_and_say_how_many_they_are(self, annotations: list[Any], tmp_path: Path) -> None:
        folder = folder_of("trl", tmp_path / "x", shard_rows=4)
        shards = sorted((folder / "data").iterdir())
        rows = [pq.ParquetFile(shard).metadata.num_rows for shard in shards]
        assert rows[:-1] == [4] * (len(rows) - 1)
        assert [shard.name for shard in shards] == [
            f"train-{at:05}-of-{len(rows):05}.parquet" for at in range(len(rows))
        ]

    def test_a_split_without_rows_is_not_there(self, annotations: list[Any], tmp_path: Path) -> None:
        folder = folder_of("trl", tmp_path / "x", split="both", test_share=0)
        assert os.listdir(folder / "data") == ["train-00000-of-00001.parquet"]
        assert "split: test" not in (folder / "README.md").read_text()

    def test_nothing_at_all_is_no_dataset(self, tmp_path: Path) -> None:
        AnnotationFactory.create(gave_up=True)
        with pytest.raises(ExportRefused, match="There is no row to write: left out: give_up 1"):
            folder_of("processbench", tmp_path / "x")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_is_replaced_on_demand_only(self, annotations: list[Any], tmp_path: Path) -> None:
        folder_of("trl", tmp_path / "x")
        with pytest.raises(ExportRefused, match="exists already; --force"):
            folder_of("qwen", tmp_path / "x")
        folder_of("qwen", tmp_path / "x", force=True)
        assert "messages" in (tmp_path / "x" / "README.md").read_text()

    def test_what_is_no_dataset_is_never_replaced(self, annotations: list[Any], tmp_path: Path) -> None:
        (tmp_path / "x").mkdir()
        (tmp_path / "x" / "thesis.tex").touch()
        for target in (tmp_path / "x", tmp_path / "x" / "thesis.tex"):
            with pytest.raises(ExportRefused, match="is no folder of a dataset"):
                folder_of("trl", target, force=True)

    def test_a_refusal_in_the_middle_leaves_nothing(self, annotations: list[Any], tmp_path: Path) -> None:
        AnnotationFactory.create(document="{}")
        with pytest.raises(ExportRefused, match="is no PRM800K row"):
            folder_of("trl", tmp_path / "x")
        assert list(tmp_path.iterdir()) == []

    def test_standard_output_takes_lines(self) -> None:
        with pytest.raises(ExportRefused, match="standard output takes lines"):
            folder_of("trl", Path("-"))

    def test_long_rows_make_small_groups(self, tmp_path: Path) -> None:
        shards = Shards(tmp_path, "train", arrow_schema(FORMATS["trl"].shapes[0]))
        for _ in range(20):
            shards.write([{"prompt": "p" * 2**20, "completions": ["a"], "labels": [True]}], 2**20)
        [shard] = shards.close()
        assert pq.ParquetFile(shard).num_row_groups == 2

    def test_the_command_writes_one(self, annotations: list[Any], tmp_path: Path) -> None:
        call_command(
            "export_dataset",
            "--format",
            "orm",
            "--truth",
            "grader",
            "--container",
            "parquet",
            "--output",
            str(tmp_path / "x"),
        )
        assert os.listdir(tmp_path / "x" / "data") == ["train-00000-of-00001.parquet"]
