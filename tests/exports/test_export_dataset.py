"""The service, on a real database."""

import json
import os
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from exports import export_dataset
from exports.formats import FORMATS, Format
from exports.services import ExportRefused, ExportReport, one_moment
from labelling.rating.models import Annotation
from tests.exports.labelled import ODD, choices
from tests.exports.rows import file_of, multiply
from tests.factories import AnnotationFactory, CampaignFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


anyhow: Callable[..., ExportReport] = export_dataset  # the wrong options below are meant


def prm800k(output: Path | str, **options: Any) -> ExportReport:
    return export_dataset(format="prm800k", output=output, **options)


def test_it_writes_each_document_as_it_is_stored_in_order(output: Path) -> None:
    stored = AnnotationFactory.create_batch(3)
    report = prm800k(output)
    assert output.read_bytes() == file_of(stored)
    assert (report.annotations, report.lines, report.size) == (3, 3, output.stat().st_size)


def test_it_gives_odd_characters_back_byte_for_byte(output: Path) -> None:
    steps = [ODD.replace("\r\n", "\n"), "\u2028", "🧮" * 300]
    stored = AnnotationFactory.create(assignment__item__solution__steps=steps)
    prm800k(output)
    assert output.read_bytes() == file_of([stored])
    assert json.loads(output.read_bytes())["question"]["pre_generated_steps"] == steps


def test_the_same_rows_and_options_give_the_same_bytes(output: Path) -> None:
    AnnotationFactory.create_batch(4)
    prm800k(output)
    first = output.read_bytes()
    prm800k(output, force=True)
    assert output.read_bytes() == first


class TestRaters:
    def test_the_readme_annotation_comes_out_as_published(self, output: Path, readme_row: dict[str, Any]) -> None:
        line = json.dumps(readme_row, ensure_ascii=False)
        AnnotationFactory.create(document=line)
        prm800k(output, raters="original")
        assert output.read_text() == line + "\n"

    def test_an_imported_labeler_becomes_the_pseudonym_and_nothing_else_changes(
        self, output: Path, readme_row: dict[str, Any]
    ) -> None:
        stored = AnnotationFactory.create(document=json.dumps(readme_row, ensure_ascii=False))
        prm800k(output)
        expected = json.dumps({**readme_row, "labeler": stored.rater.pseudonym}, ensure_ascii=False)
        assert output.read_text() == expected + "\n"

    @pytest.mark.parametrize("raters", ["pseudonym", "original"])
    def test_a_user_name_is_in_no_dataset(self, output: Path, raters: str) -> None:
        AnnotationFactory.create(assignment__rater=UserFactory.create(username="ada.lovelace"))
        prm800k(output, raters=raters)
        assert "ada.lovelace" not in output.read_text()
        assert json.loads(output.read_text())["labeler"].startswith("r-")

    def test_a_labeler_that_only_begins_like_the_pseudonym_is_replaced(self, output: Path) -> None:
        stored = AnnotationFactory.create()
        other = stored.document.replace(stored.rater.pseudonym, stored.rater.pseudonym + "0")
        AnnotationFactory.create(assignment__rater=stored.rater, document=other)
        prm800k(output)
        assert {json.loads(line)["labeler"] for line in output.read_text().splitlines()} == {stored.rater.pseudonym}

    def test_a_document_that_is_no_row_stops_the_export_with_its_number(self, output: Path) -> None:
        broken = AnnotationFactory.create(document='{"labeler": 7}')
        with pytest.raises(ExportRefused, match=f"Annotation {broken.pk} is no PRM800K row"):
            prm800k(output)
        assert list(output.parent.iterdir()) == []

    def test_a_failed_export_leaves_the_old_file_whole(self, output: Path) -> None:
        AnnotationFactory.create()
        AnnotationFactory.create(document="{}")
        output.write_text("the last good one")
        with pytest.raises(ExportRefused, match="labeler: is missing"):
            prm800k(output, force=True)
        assert [path.read_text() for path in output.parent.iterdir()] == ["the last good one"]


class TestWhatGoesIn:
    @pytest.fixture
    def everything(self) -> dict[str, Annotation]:
        return {
            "error": AnnotationFactory.create(step_ratings=[1, None, -1]),
            "right": AnnotationFactory.create(step_ratings=[1, 0, 1]),
            "give_up": AnnotationFactory.create(gave_up=True),
            "bad_problem": AnnotationFactory.create(bad_problem=True),
            "late": AnnotationFactory.create(late=True),
            "held_out": AnnotationFactory.create(assignment__item__solution__problem__held_out=True),
        }

    def test_it_leaves_out_and_counts_what_teaches_nothing(
        self, output: Path, everything: dict[str, Annotation]
    ) -> None:
        report = prm800k(output)
        assert output.read_bytes() == file_of([everything["error"], everything["right"]])
        assert report.finish_reasons == {"found_error": 1, "solution": 1}
        assert report.labels == {"positive": 3, "neutral": 1, "negative": 1, "flagged": 1}
        assert report.left_out == {"give_up": 1, "bad_problem": 1, "late": 1, "held_out": 1}

    def test_it_takes_in_what_is_asked_for(self, output: Path, everything: dict[str, Annotation]) -> None:
        report = prm800k(output, include=["give_up", "late"])
        wanted = [everything[name] for name in ("error", "right", "give_up", "late")]
        assert output.read_bytes() == file_of(wanted)
        assert report.left_out == {"bad_problem": 1, "held_out": 1}

    def test_a_late_row_that_gave_up_needs_both(self, output: Path) -> None:
        AnnotationFactory.create(gave_up=True, late=True)
        assert prm800k(output, include=["late"], dry_run=True).left_out == {"give_up": 1}
        assert prm800k(output, include=["late", "give_up"], dry_run=True).left_out == {}

    def test_labels_of_simulated_raters_go_out_counted_and_stay_out_on_demand(self, output: Path) -> None:
        person = AnnotationFactory.create()
        simulated = AnnotationFactory.create(assignment__rater__pseudonym="sim-0123", simulated=True)
        AnnotationFactory.create(gave_up=True, simulated=True)
        assert prm800k(output).simulated == 1
        assert [json.loads(line)["labeler"] for line in output.read_text().splitlines()] == [
            person.rater.pseudonym,
            simulated.rater.pseudonym,
        ]
        report = prm800k(output, simulated=False, force=True)
        assert output.read_bytes() == file_of([person])
        assert (report.simulated, report.left_out) == (0, {"simulated": 2})

    def test_held_out_problems_cannot_be_asked_for(self, output: Path) -> None:
        with pytest.raises(ExportRefused, match="Cannot include held_out"):
            prm800k(output, include=["held_out"])

    @pytest.mark.usefixtures("everything")
    def test_a_dry_run_counts_the_same_and_writes_nothing(self, output: Path) -> None:
        dry = prm800k(output, dry_run=True)
        assert list(output.parent.iterdir()) == []
        report = prm800k(output)
        assert (dry.annotations, dry.finish_reasons, dry.labels, dry.left_out) == (
            report.annotations,
            report.finish_reasons,
            report.labels,
            report.left_out,
        )

    def test_it_writes_one_campaign_and_its_rounds(self, output: Path) -> None:
        campaign = CampaignFactory.create()
        first = RoundFactory.create(campaign=campaign, closed=True)
        second = RoundFactory.create(campaign=campaign)
        of_first = AnnotationFactory.create(assignment__item__round=first)
        of_second = AnnotationFactory.create(assignment__item__round=second)
        AnnotationFactory.create()
        prm800k(output, campaign=campaign.slug)
        assert output.read_bytes() == file_of([of_first, of_second])
        prm800k(output, campaign=campaign.slug, rounds=[2], force=True)
        assert output.read_bytes() == file_of([of_second])


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"format": "csv"}, "There is no format 'csv'; there is prm800k"),
            ({"campaign": "nowhere"}, "There is no campaign 'nowhere' .there is: here."),
            ({"campaign": "here", "rounds": [1, 2, 9]}, "has no round 2, 9"),
            ({"rounds": [1]}, "name the campaign too"),
            ({"raters": "names"}, "pseudonym or original, not 'names'"),
        ],
    )
    def test_it_says_what_is_wrong(self, output: Path, options: dict[str, Any], message: str) -> None:
        RoundFactory.create(campaign__slug="here")
        with pytest.raises(ExportRefused, match=message):
            anyhow(**({"format": "prm800k", "output": output} | options))
        assert not output.exists()

    def test_it_keeps_an_existing_file_unless_forced(self, output: Path) -> None:
        output.write_text("precious")
        with pytest.raises(ExportRefused, match="exists already; --force"):
            prm800k(output)
        assert output.read_text() == "precious"
        prm800k(output, force=True)
        assert output.read_text() == ""

    def test_it_never_replaces_what_is_no_file(self, output: Path) -> None:
        os.mkfifo(output)
        with pytest.raises(ExportRefused, match="not a regular file"):
            prm800k(output, force=True)
        assert stat.S_ISFIFO(output.stat().st_mode)

    def test_it_asks_for_the_folder(self, output: Path) -> None:
        with pytest.raises(ExportRefused, match="There is no folder"):
            prm800k(output / "deep" / "labels.jsonl")

    def test_a_name_that_no_file_of_lines_can_have_is_refused(self, tmp_path: Path) -> None:
        for name, message in (("folder/", "a folder's name"), ("caf\udce9", "no UTF-8")):
            with pytest.raises(ExportRefused, match=message):
                prm800k(f"{tmp_path}/{name}")
        assert list(tmp_path.iterdir()) == []

    def test_it_writes_through_a_link(self, output: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(output)
        prm800k(tmp_path / "link")
        assert output.read_text() == ""
        assert (tmp_path / "link").is_symlink()


class TestHeldOut:
    @pytest.fixture(autouse=True)
    def held_out(self) -> Annotation:
        made: Annotation = AnnotationFactory.create(assignment__item__solution__problem__held_out=True)
        return made

    @pytest.mark.parametrize("writer", [one for one in FORMATS.values() if one.purpose == "training"])
    def test_no_training_format_takes_it(self, output: Path, writer: Format) -> None:
        made: Any = {name: value for name, value in choices(writer).items() if value is not None}
        report = export_dataset(format=writer.name, output=output, **made)
        assert (report.lines, report.left_out) == (0, {"held_out": 1})
        with pytest.raises(ExportRefused, match=r"Cannot include held_out; .*: held-out problems are refused"):
            export_dataset(format=writer.name, output=output, include=["held_out"], force=True, **made)

    def test_an_evaluation_set_takes_it_on_request(self, output: Path) -> None:
        assert anyhow(format="processbench", output=output).lines == 0
        assert anyhow(format="processbench", output=output, include=["held_out"], force=True).lines == 1


class TestFirstOffender:
    def test_a_missing_choice_names_the_annotation(self, output: Path) -> None:
        AnnotationFactory.create()
        flagged = AnnotationFactory.create(step_ratings=[1, None, -1])
        AnnotationFactory.create(step_ratings=[None, 1, -1])
        with pytest.raises(ExportRefused, match=f"Annotation {flagged.pk} needs a choice for trl: step 2 has no"):
            anyhow(format="trl", neutral="positive", output=output)
        assert list(output.parent.iterdir()) == []

    def test_what_does_not_fit_is_named_or_left_out(self, output: Path) -> None:
        AnnotationFactory.create()
        marked = AnnotationFactory.create(assignment__item__solution__problem__text="Which ки is it?")
        with pytest.raises(ExportRefused, match=f"Annotation {marked.pk} does not fit into math-shepherd: the problem"):
            anyhow(format="math-shepherd", neutral="positive", output=output)
        report = anyhow(format="math-shepherd", neutral="positive", output=output, unfit="leave-out")
        assert (report.annotations, report.left_out) == (1, {"does_not_fit": 1})
        assert report.labels == {"positive": 1, "neutral": 1, "negative": 1, "flagged": 0}

    def test_prm800k_has_no_ratings_past_an_error(self, output: Path) -> None:
        whole = AnnotationFactory.create(step_ratings=[1, -1, 1])
        with pytest.raises(ExportRefused, match=f"Annotation {whole.pk} needs a choice for prm800k: step 3 is rated"):
            prm800k(output)
        prm800k(output, truncate="yes")
        assert len(json.loads(output.read_text())["label"]["steps"]) == 2

    @pytest.mark.django_db(transaction=True)
    def test_a_refusal_in_the_middle_of_much_frees_the_connection(self, output: Path) -> None:
        multiply(AnnotationFactory.create(), 3_000)
        first = Annotation.objects.order_by("pk").values_list("pk", flat=True).first()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE rating_annotation DISABLE TRIGGER USER")
            cursor.execute("UPDATE rating_annotation SET document = '{}' WHERE id = %s", [first])
            cursor.execute("ALTER TABLE rating_annotation ENABLE TRIGGER USER")
        with pytest.raises(ExportRefused, match=f"Annotation {first} is no PRM800K row"):
            prm800k(output)
        assert Annotation.objects.count() == 3_001


class TestCost:
    def test_its_queries_do_not_grow_with_the_rows(
        self, output: Path, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        round: Any = AnnotationFactory.create().round
        for _ in range(2):
            # campaign, all that is counted, the stream, savepoint and its release (the test's transaction is around)
            with django_assert_num_queries(5):
                prm800k(output, campaign=round.campaign.slug, force=True)
            AnnotationFactory.create_batch(20, assignment__item__round=round)

    @pytest.mark.parametrize(
        "options", [{"format": "prm800k", "raters": "original"}, {"format": "trl", "neutral": "drop"}]
    )
    def test_its_memory_does_not_grow_with_the_rows(self, output: Path, options: dict[str, Any]) -> None:
        stored = AnnotationFactory.create(document=AnnotationFactory.create().document.replace("time", "t" * 2000))

        def peak() -> int:
            tracemalloc.start()
            anyhow(output=output, force=True, resolve="all", **options)
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return size

        multiply(stored, 1_500, name="few")
        few, size = peak(), output.stat().st_size
        multiply(stored, 12_000, name="many")
        assert peak() < 1.5 * few
        assert output.stat().st_size > 8 * size


@pytest.mark.django_db(transaction=True)
def test_what_raters_submit_meanwhile_is_neither_counted_nor_written(output: Path) -> None:
    stored = AnnotationFactory.create()

    def submit() -> None:
        AnnotationFactory.create(assignment__item__round=stored.round)
        connection.close()

    with one_moment():
        before = Annotation.objects.count()
        elsewhere = Thread(target=submit)
        elsewhere.start()
        elsewhere.join()
        assert (before, prm800k(output).lines) == (1, 1)
    assert Annotation.objects.count() == 2
