"""Every reader through the registry, then each tool's own ways of saying things."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from exports.formats import FORMATS
from exports.services import export_dataset
from labelling.corpus.importers import BadLine, Line
from labelling.corpus.models import Sample, Solution
from labelling.people.models import User
from labelling.pipeline.readback.importing import ReadbackReport, Wanted, dataset_import, files_open
from labelling.pipeline.readers import READERS, Judgement, ReadContext, reader_of
from labelling.pipeline.readers.prm800k import parse, quick
from labelling.rating.models import Annotation
from labelling.rounds.models import Gold
from tests.corpus.importing import rejected
from tests.factories import CampaignFactory, annotation_row
from tests.pipeline.odd_lines import ODD, odd_lines

STEPS = ["2 + 2 is 4.", "Twice that is 9.", "So it is 9."]
PROBLEM = "What is 2 (2 + 2)?"
RESULT = [
    {"from_name": "step_0", "to_name": "t", "type": "choices", "value": {"choices": ["Good"]}},
    {"from_name": "comment", "to_name": "t", "type": "textarea", "value": {"text": ["hm"]}},
    {"from_name": "step_1", "to_name": "t", "type": "choices", "value": {"choices": ["Bad"]}},
]
TASK: dict[str, Any] = {
    "id": 7,
    "data": {"problem": PROBLEM, "steps": [{"text": step} for step in STEPS]},
    "annotations": [
        {"id": 1, "completed_by": 3, "result": RESULT, "lead_time": 4.2, "created_at": "2026-03-02T12:00:00Z"},
        {"id": 2, "completed_by": {"id": 4, "email": "ann@example.org"}, "result": RESULT[:1]},
        {"id": 3, "completed_by": 5, "result": [], "was_cancelled": True},
    ],
}
POTATO: dict[str, Any] = {
    "user_id": "ben",
    "instance_id": "1",
    "displayed_text": "\n".join([PROBLEM, "", *STEPS]),
    "label_annotations": {"step_1": {"correct": "true"}, "step_2": {"incorrect": "true"}, "step_3": "unsure"},
    "behavioral_data": {"time_string": "Time spent: 0d 0h 1m 5s "},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "prm800k": annotation_row(labeler="someone"),
    "processbench": {
        "id": "gsm8k-0",
        "generator": "tiny-7b",
        "problem": PROBLEM,
        "steps": STEPS,
        "final_answer_correct": False,
        "label": 1,
    },
    "trl": {"prompt": PROBLEM, "completions": STEPS, "labels": [True, False, False]},
    "label-studio": TASK,
    "potato": POTATO,
}
CONTEXT = ReadContext(datetime(2026, 3, 2, 12, tzinfo=UTC), "the-file", "folder")


def judged(name: str, obj: dict[str, Any]) -> list[Judgement]:
    raw = json.dumps(obj).encode()
    return list(READERS[name].parse(obj, Line(1, raw, len(raw), (obj, None)), CONTEXT))


def refusal(name: str, obj: dict[str, Any]) -> str:
    with pytest.raises(BadLine) as caught:
        judged(name, obj)
    return str(caught.value)


def imported(path: Path, **wanted: Any) -> ReadbackReport:
    return dataset_import(
        files=files_open(files=[str(path)]), wanted=Wanted("back", **wanted), rejects=path.parent / "rejects.jsonl"
    )


@pytest.mark.parametrize("name", READERS)
def test_each_reader_has_an_example_here_and_recognises_it(name: str) -> None:
    assert reader_of(EXAMPLES[name]) == name
    for one in judged(name, EXAMPLES[name]):
        assert FORMATS["prm800k"].read(one.document)["label"]["finish_reason"] == one.finish_reason


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [None], [{}], {"a": {}}, True, 1e300])
def test_a_field_of_another_type_is_a_bad_line_at_worst(name: str, value: Any) -> None:
    for key in EXAMPLES[name]:
        with suppress(BadLine):  # whatever else is raised would end an import
            judged(name, EXAMPLES[name] | {key: value})


@pytest.mark.parametrize("name", READERS)
def test_texts_that_cannot_be_stored_are_refused(name: str) -> None:
    text = json.dumps(EXAMPLES[name])
    assert "NUL" in refusal(name, json.loads(text.replace("So ", "\\u0000")))


def test_each_reader_has_its_heading_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reading-back.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("### `")] == [f"### `{name}`" for name in READERS]


def _answer(rated: dict[str, str]) -> dict[str, Any]:
    result = [{"from_name": name, "value": {"choices": [choice]}} for name, choice in rated.items()]
    return {"completed_by": 1, "result": result}


class TestPublishedRows:
    """The quick way gives what ``json`` and a closer look give, or leaves the line to them."""

    def test_a_row_as_published_is_read_at_once(self) -> None:
        raw = json.dumps(EXAMPLES["prm800k"], ensure_ascii=False).encode()
        assert [quick(Line(1, raw, 0))] == list(parse(EXAMPLES["prm800k"], Line(1, raw, 0), CONTEXT))

    def test_an_odd_one_is_read_alike_or_left(self) -> None:
        rows = [annotation_row(labeler=one, problem=one, steps=[one, f"{one}."], ratings=(None, 0)) for one in ODD]
        lines = [*odd_lines(300), *(json.dumps(row, ensure_ascii=False).encode() for row in rows)]
        read = [(raw, one) for raw in lines if (one := quick(Line(1, raw, 0))) is not None]
        assert len(read) >= len(ODD) / 2
        assert read == [(raw, *parse(json.loads(raw), Line(1, raw, 0), CONTEXT)) for raw, _ in read]

    @pytest.mark.parametrize(
        ("text", "twice"),
        [
            ('"labeler": ', '"labeler": "else", "labeler": '),
            ('"labeler": ', '"labeler" : "else", "labeler": '),
            ('"labeler": ', '"labeler"\t: "else", "labeler":'),
            ('"problem": ', '"problem": "else", "problem": '),
            ('"steps": ', '"steps": [], "steps": '),
            ('"rating": 1, "flagged": false', '"rating": 1, "flagged": false, "rating": -1'),
            ('"rating": 1, "flagged": false', '"rating": 1, "rating": -1'),  # one twice, another not at all
            ('"human_completion": null', '"human_completion": null, "human_completion": null'),
            ('"generation": 1', '"generation": 1, "tool": {"a": 1, "a": 2}'),
        ],
    )
    def test_a_key_that_stands_twice_is_not_passed_over(self, text: str, twice: str) -> None:
        raw = json.dumps(EXAMPLES["prm800k"], ensure_ascii=False)
        assert quick(Line(1, raw.encode(), 0)) is not None
        assert text in raw
        assert quick(Line(1, raw.replace(text, twice, 1).encode(), 0)) is None

    @pytest.mark.parametrize("bad", ['"\\u0000"', '"\\ud800"', "NaN", "1e999", "[", '"\xff"', "[" * 3_000])
    def test_what_is_wrong_is_left_to_the_way_that_says_so(self, bad: str) -> None:
        raw = json.dumps(EXAMPLES["prm800k"], ensure_ascii=False).replace('"pre_generated_answer": "9"', f'"a": {bad}')
        assert quick(Line(1, raw.encode("latin-1"), 0)) is None


class TestLabelStudio:
    def test_each_annotator_is_a_rater_and_what_was_cancelled_is_nobodys(self) -> None:
        first, second = judged("label-studio", TASK)
        assert (first.labeler, second.labeler) == ("label-studio:3", "label-studio:ann@example.org")
        assert (first.ratings, first.first_error, first.finish_reason) == ([1, -1], 1, "found_error")
        assert (first.total_time, first.moment) == (4200, CONTEXT.moment)
        assert (second.ratings, second.finish_reason) == ([1], "give_up")  # two steps are left over

    def test_steps_numbered_from_one(self) -> None:
        result = [{"from_name": f"s{at}", "value": {"choices": ["ok"]}} for at in (1, 2, 3)]
        (one,) = judged("label-studio", TASK | {"annotations": [{"completed_by": 1, "result": result}]})
        assert (one.ratings, one.finish_reason) == ([1, 1, 1], "solution")

    @pytest.mark.parametrize(
        ("rated", "ratings"),
        [
            ({"step_1": "good", "step_2": "bad"}, [1, -1]),  # and stopped there: the last step is not rated
            ({"step_1": "bad"}, [-1]),
            ({"step_0": "good", "step_1": "bad"}, [1, -1]),
            ({"step_2": "good", "step_3": "bad"}, [None, 1, -1]),  # a step 3 of three
        ],
    )
    def test_counting_begins_where_the_first_rated_step_says(
        self, rated: dict[str, str], ratings: list[int | None]
    ) -> None:
        (one,) = judged("label-studio", TASK | {"annotations": [_answer(rated)]})
        assert one.ratings == ratings

    def test_another_annotators_step_0_says_where_counting_begins(self) -> None:
        answers = [_answer({"step_0": "good"}), _answer({"step_1": "good", "step_2": "bad"}) | {"completed_by": 2}]
        _, second = judged("label-studio", TASK | {"annotations": answers})
        assert second.ratings == [None, 1, -1]

    def test_where_counting_begins_is_not_guessed(self) -> None:
        reason = refusal("label-studio", TASK | {"annotations": [_answer({"step_2": "bad"})]})
        assert reason == "step 2 is the first one rated: it can't be told whether steps count from 0 or from 1"

    def test_a_word_that_nobody_knows_is_refused(self) -> None:
        result = [{"from_name": "step_0", "value": {"choices": ["Fine, I guess"]}}]
        reason = refusal("label-studio", TASK | {"annotations": [{"completed_by": 1, "result": result}]})
        assert reason.startswith("annotations[0], step_0: 'Fine, I guess' is no known rating")

    def test_a_step_that_is_not_there_is_refused(self) -> None:
        result = [{"from_name": "step_9", "value": {"choices": ["Good"]}}]
        assert "there are 3 steps" in refusal("label-studio", TASK | {"annotations": [{"result": result}]})


class TestPotato:
    def test_a_radio_a_step(self) -> None:
        (one,) = judged("potato", POTATO)
        assert (one.problem, one.steps, one.labeler) == (PROBLEM, STEPS, "potato:ben")
        assert (one.ratings, one.first_error, one.total_time) == ([1, -1, None], 1, 65_000)

    def test_a_radio_a_step_up_to_the_first_error(self) -> None:
        (one,) = judged("potato", POTATO | {"label_annotations": {"step_1": "correct", "step_2": "incorrect"}})
        assert (one.ratings, one.first_error, one.finish_reason) == ([1, -1], 1, "found_error")

    @pytest.mark.parametrize(
        "given",
        [
            [1, -1, -1],
            json.dumps([{"index": 0, "value": 1}, {"index": 1, "value": -1}, {"index": 2, "value": -1}]),
            {"steps": '["correct", "incorrect", "incorrect"]'},
        ],
    )
    def test_its_process_reward_scheme_ends_at_the_first_error(self, given: Any) -> None:
        (one,) = judged("potato", POTATO | {"label_annotations": {"process_reward": given}})
        assert (one.ratings, one.first_error) == ([1, -1], 1)

    def test_the_folder_names_the_rater_where_the_row_does_not(self) -> None:
        (one,) = judged("potato", {key: value for key, value in POTATO.items() if key != "user_id"})
        assert one.labeler == "potato:folder"


@pytest.mark.django_db
class TestImports:
    def test_label_studios_export_is_read_whole_and_once(self, tmp_path: Path) -> None:
        path = tmp_path / "project-1.json"
        path.write_text(json.dumps([TASK, TASK | {"id": 8, "data": {"steps": STEPS}}]))
        report = imported(path)
        assert (report.counts.annotations_added, report.counts.solutions_added) == (2, 1)
        assert rejected(tmp_path / "rejects.jsonl")[0]["reason"] == "problem: expected a string, found none"
        assert imported(path).counts.annotations_known == 2
        assert User.objects.filter(is_active=False).count() == 2

    def test_processbench_comes_out_as_it_went_in_but_for_the_ids(self, shared_data: Path, tmp_path: Path) -> None:
        path = shared_data / "processbench" / "gsm8k.json"
        given = json.loads(path.read_text())
        copy = tmp_path / "gsm8k.json"
        copy.write_text(json.dumps(given))
        assert imported(copy, held_out=True).counts.annotations_added == 400
        output = tmp_path / "again.jsonl"
        export_dataset(
            format="processbench", output=output, campaign="back", resolve="first", include=["held_out"], card=False
        )
        rows = [json.loads(line) for line in output.read_text().splitlines()]
        assert [row | {"id": "", "generator": ""} for row in rows] == [
            row | {"id": "", "generator": ""} for row in given
        ]
        assert Sample.objects.filter(external_id="gsm8k-0", generator=given[0]["generator"]).exists()
        assert not Solution.objects.filter(verdict=None).exists()

    def test_trl_rows_come_out_again(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.jsonl"
        rows = [EXAMPLES["trl"], EXAMPLES["trl"] | {"labels": [True, True, True]}]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        assert imported(path, labeler="two").counts.annotations_added == 2
        output = tmp_path / "again.jsonl"
        export_dataset(
            format="trl",
            output=output,
            campaign="back",
            card=False,
            neutral="positive",
            truncate="no",
            resolve="all",
        )
        assert output.read_text() == path.read_text()

    def test_gold_files(self, tmp_path: Path) -> None:
        campaign = CampaignFactory.create()
        path = tmp_path / "gold.jsonl"
        path.write_text(json.dumps({"problem": PROBLEM, "steps": STEPS, "acceptable": [1]}) + "\n")
        call_command("import_dataset", str(path), campaign=campaign.slug)
        assert list(Gold.objects.values_list("acceptable", flat=True)) == [[1]]
        assert not Annotation.objects.exists()
