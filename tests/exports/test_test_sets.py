"""Held-out problems: named, refused by every training format, and what has seen them already is told."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from exports import export_dataset, make_snapshot
from exports.formats import FORMATS
from exports.models import TestSet as Named
from exports.requests import ExportRefused
from labelling.corpus.models import Problem
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.models import ModelVersion
from tests.exports.labelled import choices
from tests.factories import AnnotationFactory, ModelVersionFactory, ProblemFactory, RecordedScoreFactory, RoundFactory
from tests.prm.sums import rows_of, sums

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]
TRAINING = [name for name, one in FORMATS.items() if one.purpose == "training"]


def call(*arguments: str) -> str:
    out = StringIO()
    call_command("name_test_set", *arguments, stdout=out)
    return out.getvalue()


def chosen(name: str) -> dict[str, Any]:
    return {key: value for key, value in choices(FORMATS[name]).items() if value is not None}


def problems_file(folder: Path, *texts: str) -> str:
    path = folder / "test.jsonl"
    path.write_text("".join(json.dumps({"problem": text}) + "\n" for text in texts))
    return str(path)


class TestEveryTrainingFormat:
    @pytest.mark.parametrize("name", TRAINING)
    def test_it_refuses_held_out_problems_on_demand_and_leaves_them_out_otherwise(
        self, name: str, tmp_path: Path
    ) -> None:
        annotation = AnnotationFactory.create(assignment__item__solution__problem__held_out=True)
        with pytest.raises(ExportRefused, match=f"trained on {name} rows: held-out problems are refused"):
            export_dataset(format=name, output=tmp_path / "x", include=["held_out"], **chosen(name))
        report = export_dataset(format=name, output=tmp_path / "x", **chosen(name))
        assert (report.lines, report.left_out) == (0, {"held_out": 1})
        assert annotation.solution.problem.text not in (tmp_path / "x").read_text()

    @pytest.mark.parametrize("name", TRAINING)
    def test_so_does_its_snapshot(self, name: str) -> None:
        AnnotationFactory.create(assignment__item__solution__problem__held_out=True)
        with pytest.raises(ExportRefused, match="held-out problems are refused"):
            make_snapshot(format=name, include=["held_out"], **chosen(name))
        with pytest.raises(ExportRefused, match="left out: held_out 1"):
            make_snapshot(format=name, **chosen(name))


class TestNaming:
    def test_its_problems_are_held_out_also_those_that_come_later(self, tmp_path: Path) -> None:
        known = ProblemFactory.create(text="What is 1 + 1?")
        told = call("small", "--problems", problems_file(tmp_path, "What  is 1 + 1?", "What is 2 + 2?"))
        assert "small: 2 problems are held out." in told
        assert "No training snapshot and no model trained here holds any of them." in told
        known.refresh_from_db()
        assert known.held_out
        assert Problem.objects.get(text="What is 2 + 2?").held_out

    def test_it_may_be_the_test_side_of_a_campaign(self) -> None:
        for problem in ProblemFactory.create_batch(20):
            problem.poolentry_set.create(campaign="maths")
        ProblemFactory.create_batch(20)
        call("half", "--share", "0.5", "--campaign", "maths")
        held = Problem.objects.filter(held_out=True)
        assert 0 < held.count() < 20
        assert held.count() == held.filter(poolentry__campaign="maths").count() == Named.objects.get().problems.count()

    def test_problems_that_were_labelled_in_it_and_fill_no_pool_are_a_campaign_s_too(self) -> None:
        round_ = RoundFactory.create(campaign__slug="maths")
        AnnotationFactory.create_batch(2, assignment__item__round=round_)
        AnnotationFactory.create()
        assert "all: 2 problems are held out." in call("all", "--share", "1", "--campaign", "maths")

    def test_of_a_model_made_elsewhere_it_is_said_that_nobody_knows(self) -> None:
        recorded = ModelVersionFactory.create(model__backend="recorded", config={"scorer": "qwen"})
        ModelVersionFactory.create(model__backend="recorded", config={"scorer": "nobody"})  # as imported rounds have
        RecordedScoreFactory.create(scorer="qwen", solution__problem__text="Is it?")
        assert json.loads(call("all", "--share", "1", "--json"))["unknown_models"] == [str(recorded)]

    def test_a_snapshot_that_holds_some_is_listed_and_says_so(self, client: Client, lead: Any) -> None:
        round_ = RoundFactory.create(campaign__slug="maths")
        AnnotationFactory.create_batch(4, assignment__item__round=round_)
        made = make_snapshot(format="prm800k", campaign="maths")
        make_snapshot(format="processbench", campaign="maths")  # for evaluation: not tainted
        make_snapshot(format="prm800k", campaign="maths", split="test", test_share=1)  # a test side: neither
        told = call("all", "--share", "1")
        assert f"snapshot {made.short} (prm800k) holds 4 of them" in told
        assert told.count("snapshot ") == 1
        client.force_login(lead)
        shown = client.get(reverse("snapshot", args=["maths", made.hash])).content.decode()
        assert "4 problems are of the test set" in shown

    def test_a_model_that_was_trained_on_some_is_listed(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(EmbeddedBackend, "folder", tmp_path / "models")
        examples, path = sums(8), tmp_path / "rows.jsonl"
        path.write_text("".join(f"{line}\n" for line in rows_of(examples)))
        call_command("train_prm", str(path), name="mine", stdout=StringIO())
        assert ModelVersion.objects.get().trained_problems.count() == 8
        texts = sorted({one.problem for one in examples})[:3]
        told = json.loads(call("three", "--problems", problems_file(tmp_path, *texts), "--json"))
        assert told["models"] == [{"model": "mine v1", "problems": 3}]
        assert told["unknown_models"] == []
        out = StringIO()
        call_command("train_prm", str(path), name="mine", stdout=out)
        assert "3 held-out problems refused" in out.getvalue()
        assert [one["model"] for one in json.loads(call("three", "--json"))["models"]] == ["mine v1"]

    def test_a_dry_run_only_tells(self, tmp_path: Path) -> None:
        assert "would be held out" in call("x", "--problems", problems_file(tmp_path, "What?"), "--dry-run")
        assert not Named.objects.exists()
        assert not Problem.objects.exists()

    def test_the_same_again_is_the_same_and_others_are_refused(self, tmp_path: Path) -> None:
        for _ in range(2):
            call("x", "--problems", problems_file(tmp_path, "One?"))
        with pytest.raises(CommandError, match="of other problems"):
            call("x", "--problems", problems_file(tmp_path, "Another?"))
        assert "x: 1 problems are held out." in call("x")

    @pytest.mark.parametrize("line", ["{", "[]", '{"question": "x"}', '{"problem": 7}', '{"problem": "a\\u0000b"}'])
    def test_a_line_without_a_problem_is_refused_by_its_number(self, line: str, tmp_path: Path) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_text('{"problem": "Fine?"}\n' + line + "\n")
        with pytest.raises(CommandError):
            call("x", "--problems", str(path))
        assert not Named.objects.exists()

    @pytest.mark.parametrize("arguments", [["nothing"], ["x", "--share", "2"], ["x", "--problems", "/nowhere"], [""]])
    def test_what_makes_no_sense_is_refused(self, arguments: list[str]) -> None:
        with pytest.raises(CommandError):
            call(*arguments)
