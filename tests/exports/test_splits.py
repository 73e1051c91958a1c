"""Train and test by problem."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from exports import export_dataset
from exports.services import ExportRefused
from exports.splits import is_test, threshold
from tests.factories import AnnotationFactory, ProblemFactory, SampleFactory, ScoreFactory

KEYS = [UUID(int=number * 2**64 + 7) for number in range(2_000)]


class TestTheHash:
    def test_it_is_stable(self) -> None:
        assert [is_test(key, share=0.1) for key in KEYS[:12]] == [
            True,
            False,
            False,
            False,
            False,
            False,
            False,
            False,
            False,
            False,
            False,
            False,
        ]  # fmt: skip  these very problems, for good

    @pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
    def test_about_the_share_is_test(self, share: float) -> None:
        assert sum(is_test(key, share=share) for key in KEYS) == pytest.approx(share * len(KEYS), rel=0.2)

    def test_a_larger_share_takes_in_the_smaller(self) -> None:
        small = {key for key in KEYS if is_test(key, share=0.1)}
        assert small < {key for key in KEYS if is_test(key, share=0.2)}

    def test_another_salt_splits_otherwise(self) -> None:
        assert [is_test(key, share=0.5) for key in KEYS] != [is_test(key, share=0.5, salt="mine") for key in KEYS]

    def test_none_and_all(self) -> None:
        assert not any(is_test(key, share=0) for key in KEYS)
        assert all(is_test(key, share=1) for key in KEYS)
        with pytest.raises(ValueError, match="between 0 and 1"):
            threshold(1.5)


@pytest.mark.django_db
class TestExports:
    @pytest.fixture
    def documents(self) -> dict[UUID, list[str]]:
        """Two annotations on each of thirty problems."""
        made: dict[UUID, list[str]] = {}
        for problem in ProblemFactory.create_batch(30):
            both = AnnotationFactory.create_batch(2, assignment__item__solution__problem=problem)
            made[problem.key] = [one.document for one in both]
        return made

    def lines(self, folder: Path, **options: Any) -> list[str]:
        export_dataset(format="prm800k", output=folder / "x", force=True, **options)
        return (folder / "x").read_text().splitlines()

    def test_the_sides_are_those_of_the_hash_and_together_all(
        self, documents: dict[UUID, list[str]], tmp_path: Path
    ) -> None:
        train = self.lines(tmp_path, split="train", test_share=0.3)
        test = self.lines(tmp_path, split="test", test_share=0.3)
        expected = [line for key, both in documents.items() if is_test(key, share=0.3) for line in both]
        assert test == expected
        assert 0 < len(test) < 60
        assert sorted(train + test) == sorted(self.lines(tmp_path))

    def test_the_other_side_is_counted(self, documents: dict[UUID, list[str]], tmp_path: Path) -> None:
        report = export_dataset(format="prm800k", output=tmp_path / "x", split="test")
        assert report.annotations + report.left_out["other_split"] == 2 * len(documents)
        assert report.splits == {"test": report.lines}

    def test_samples_are_split_as_annotations_are(self, tmp_path: Path) -> None:
        score = ScoreFactory.create()
        SampleFactory.create(solution=score.solution)
        side = "test" if is_test(score.problem.key, share=0.5) else "train"
        for split, count in ((side, 1), ("both", 1)):
            report = export_dataset(
                format="best-of-n", model=score.version.model.name, output=tmp_path / split, split=split,  # type: ignore[arg-type]
                test_share=0.5, container="parquet",
            )  # fmt: skip
            assert report.lines == count
            assert report.splits[side] == 1

    def test_a_file_of_lines_holds_one_side(self, tmp_path: Path) -> None:
        with pytest.raises(ExportRefused, match="holds one split"):
            export_dataset(format="prm800k", output=tmp_path / "x", split="both")

    def test_a_share_is_a_share(self, tmp_path: Path) -> None:
        with pytest.raises(ExportRefused, match="between 0 and 1"):
            export_dataset(format="prm800k", output=tmp_path / "x", split="test", test_share=20)
