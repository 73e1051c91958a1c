"""Several raters on one solution: asked for when it matters, and whose annotation goes out."""

import json
from pathlib import Path
from typing import Any

import pytest

from exports import export_dataset
from exports.services import ExportRefused, ExportReport
from labelling.rating.models import Annotation
from labelling.rounds.models import NO_ERROR, ItemState
from tests.factories import AnnotationFactory, GoldFactory, ItemFactory

pytestmark = pytest.mark.django_db
ERROR_AT = {0: [-1], 1: [1, -1], 2: [1, 1, -1], None: [1, 1, 1]}


def judged(*first_errors: int | None, **item: Any) -> list[Annotation]:
    """One solution, judged by as many raters."""
    of: Any = ItemFactory.create(done=True, overlap=9, **item)
    return [AnnotationFactory.create(assignment__item=of, step_ratings=ERROR_AT[error]) for error in first_errors]


def export(folder: Path, resolve: str | None, name: str = "processbench", **options: Any) -> tuple[ExportReport, Any]:
    report = export_dataset(format=name, output=folder / "x", force=True, resolve=resolve, **options)
    return report, [json.loads(line) for line in (folder / "x").read_text().splitlines()]


@pytest.mark.parametrize("name", ["processbench", "orm", "trl", "dpo"])
def test_it_asks_once_a_solution_has_several(name: str, tmp_path: Path) -> None:
    options = {"orm": {"truth": "steps"}, "trl": {"neutral": "positive"}, "dpo": {"neutral": "drop"}}.get(name, {})
    judged(2)
    assert export(tmp_path, None, name, **options)[0].annotations == (0 if name == "dpo" else 1)
    first, second = judged(2, 1)
    with pytest.raises(
        ExportRefused, match=rf"Solution {first.solution_id} was judged by several .*{first.pk}, {second.pk}.*--resolve"
    ):
        export(tmp_path, None, name, **options)


def test_prm800k_holds_them_all_unless_told_otherwise(tmp_path: Path) -> None:
    judged(2, 1)
    assert len(export(tmp_path, None, "prm800k")[1]) == 2
    report, [row] = export(tmp_path, "first", "prm800k")
    assert len(row["label"]["steps"]) == 3
    assert report.left_out == {"another_rater": 1}


def test_first_is_the_one_that_came_first(tmp_path: Path) -> None:
    judged(1, 2, 2)
    report, [row] = export(tmp_path, "first")
    assert row["label"] == 1
    assert report.consensus is not None
    assert (report.consensus.method, report.consensus.solutions) == ("first", 1)


@pytest.mark.parametrize("method", ["majority", "dawid-skene"])
def test_a_consensus_is_said_by_the_first_who_holds_it(method: str, tmp_path: Path) -> None:
    _, second, _ = judged(1, 2, 2)
    judged(None, None, 0)
    report, rows = export(tmp_path, method, "prm800k")
    assert [row["label"]["finish_reason"] for row in rows] == ["found_error", "solution"]
    assert rows[0]["labeler"] == second.rater.pseudonym
    assert report.left_out == {"another_rater": 4}
    assert report.consensus is not None
    assert (report.consensus.method, report.consensus.version, report.consensus.solutions) == (method, 1, 2)


def test_what_is_not_settled_stays_out(tmp_path: Path) -> None:
    judged(1, 2)
    judged(0)
    report, [row] = export(tmp_path, "majority")
    assert row["label"] == 0
    assert report.left_out == {"unsettled": 2}


def test_so_do_items_that_were_dropped(tmp_path: Path) -> None:
    judged(1, 1, 2, state=ItemState.DROPPED)
    assert export(tmp_path, "majority")[0].left_out == {"dropped": 3}
    assert export(tmp_path, "first")[0].lines == 1


def test_who_gave_up_has_no_vote(tmp_path: Path) -> None:
    first, _ = judged(1, 1)
    AnnotationFactory.create_batch(3, assignment__item=first.item, gave_up=True)
    report, [row] = export(tmp_path, "majority", include=["give_up"])
    assert (row["label"], report.left_out) == (1, {"no_answer": 3, "another_rater": 1})


class TestDecided:
    def test_a_golds_one_answer_wins(self, tmp_path: Path) -> None:
        first, *_ = judged(1, 1, 2)
        GoldFactory.create(solution=first.solution, campaign=first.campaign, acceptable=[2])
        report, [row] = export(tmp_path, "majority")
        assert row["label"] == 2
        assert report.consensus is not None
        assert report.consensus.decided == 1

    def test_also_one_that_no_rater_gave_where_the_row_holds_just_that(self, tmp_path: Path) -> None:
        first, *_ = judged(1, 1)
        GoldFactory.create(solution=first.solution, campaign=first.campaign, acceptable=[NO_ERROR])
        assert export(tmp_path, "majority")[1][0]["label"] == -1
        report, rows = export(tmp_path, "majority", "trl", neutral="positive")
        assert rows == []
        assert report.left_out == {"another_rater": 1, "decided_otherwise": 1}
        assert (report.annotations, report.finish_reasons, report.labels["negative"]) == (0, {}, 0)

    @pytest.mark.parametrize("gold", [{"acceptable": [1, 2]}, {"acceptable": [2], "active": False}])
    def test_a_gold_that_is_open_or_retired_decides_nothing(self, gold: dict[str, Any], tmp_path: Path) -> None:
        first, *_ = judged(1, 1, 2)
        GoldFactory.create(solution=first.solution, campaign=first.campaign, **gold)
        assert export(tmp_path, "majority")[1][0]["label"] == 1
