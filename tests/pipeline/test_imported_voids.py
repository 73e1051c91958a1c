"""Imported annotations that a lead voids: out of exports, still in snapshots, and no import brings them back."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from exports import export_dataset, make_snapshot
from exports.snapshots.difference import diff_snapshots, told_in_words
from exports.snapshots.finding import snapshot_found
from exports.snapshots.verifying import verify_snapshot
from labelling.people.models import User
from labelling.pipeline.readback.importing import Wanted, dataset_import, files_open
from labelling.pipeline.readback.outcome import Counts
from labelling.rating.models import Void
from labelling.rating.voids import annotations_void, void_reverse
from labelling.rounds.models import Campaign, Item
from tests.factories import ItemFactory, annotation_row

pytestmark = pytest.mark.django_db


def screening(labeler: str) -> dict[str, Any]:
    row = annotation_row(labeler=labeler, problem="Screening?", generation=-1)
    return row | {"is_initial_screening_question": True}


#: Two raters' answers to one problem; and by the first of them alone one to another, to screening and to gold.
ROWS = [
    annotation_row(labeler="ann", problem="Both?"),
    annotation_row(labeler="ben", problem="Both?"),
    annotation_row(labeler="ann", problem="Alone?"),
    screening("ann"),
    annotation_row(labeler="ann", problem="Gold?") | {"is_quality_control_question": True},
]
EVERYTHING = ("gold", "screening")


@pytest.fixture
def imported(tmp_path: Path) -> Any:
    """Imports rows into the campaign ``back``; those above are there."""

    def more(rows: list[dict[str, Any]]) -> Counts:
        path = tmp_path / "labels.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files = files_open(files=[str(path)], format_name="prm800k")
        return dataset_import(files=files, wanted=Wanted("back"), rejects=tmp_path / "rejects.jsonl").counts

    more(ROWS)
    return more


@pytest.fixture
def ann(imported: Any) -> User:
    return User.objects.get(first_name="ann")


@pytest.fixture
def void(ann: User, lead: User) -> Void:
    return annotations_void(campaign=Campaign.objects.get(slug="back"), rater=ann, by=lead, reason="Guessed.")


def labelers(folder: Path) -> list[str]:
    path = folder / "out.jsonl"
    choices: dict[str, Any] = {"raters": "original", "include": EVERYTHING, "force": True}
    export_dataset(format="prm800k", output=path, campaign="back", **choices)
    return [json.loads(line)["labeler"] for line in path.read_text().splitlines()]


def items() -> dict[str, tuple[str, int, int]]:
    """State, answers and places, by the problem."""
    found = Item.objects.values_list("solution__problem__text", "state", "completed", "overlap")
    return {text.rstrip("?"): (state, completed, overlap) for text, state, completed, overlap in found}


def test_exports_leave_it_out_and_take_it_again_where_the_void_is_reversed(
    void: Void, lead: User, tmp_path: Path
) -> None:
    assert labelers(tmp_path) == ["ben"]
    assert items() == {
        "Both": ("done", 1, 2),
        "Alone": ("withdrawn", 0, 1),
        "Screening": ("withdrawn", 0, 1),
        "Gold": ("withdrawn", 0, 1),
    }
    void_reverse(void=void, by=lead)
    assert labelers(tmp_path) == ["ann", "ben", "ann", "ann", "ann"]
    assert {state for state, _, _ in items().values()} == {"done"}


@pytest.mark.usefixtures("storage")
def test_a_snapshot_stays_and_the_next_one_tells_what_was_voided(imported: Any, ann: User, lead: User) -> None:
    def made() -> Any:
        return snapshot_found(make_snapshot(format="prm800k", campaign="back", include=EVERYTHING).hash)

    before = made()
    annotations_void(campaign=Campaign.objects.get(slug="back"), rater=ann, by=lead, reason="Guessed.")
    after = made()
    assert not verify_snapshot(before).faults
    told = diff_snapshots(before, after)
    assert told.counts == {"added": 0, "removed": 4, "changed": 0, "same": 1}
    assert all(told_in_words(one).endswith("(now voided)") for one in told.changes)
    assert {one.who["rater"] for one in told.changes} == {ann.pseudonym}


def test_no_import_brings_it_back(imported: Any, void: Void, tmp_path: Path) -> None:
    counts = imported(ROWS)
    assert (counts.annotations_added, counts.annotations_known) == (0, len(ROWS))
    assert labelers(tmp_path) == ["ben"]


def test_another_rater_s_answer_to_what_was_withdrawn_counts(imported: Any, void: Void, tmp_path: Path) -> None:
    imported([annotation_row(labeler="cyd", problem="Alone?"), screening("cyd")])
    assert labelers(tmp_path) == ["ben", "cyd", "cyd"]
    assert (items()["Alone"], items()["Screening"]) == (("done", 1, 2), ("done", 1, 2))


def test_what_a_later_round_has_picked_meanwhile_is_that_round_s(imported: Any, void: Void) -> None:
    taken = Item.objects.get(solution__problem__text="Alone?")
    ItemFactory.create(round__campaign=taken.campaign, round__number=7, solution=taken.solution)
    row = annotation_row(labeler="cyd", problem="Alone?")
    assert imported([row]).annotations_added == 0
    assert imported([row | {"labeler": "dan"}]).annotations_added == 0


def test_the_lead_s_page_knows_the_rater_by_the_file_s_name(client: Client, lead: User, ann: User) -> None:
    client.force_login(lead)
    page = client.get("/campaigns/back/voids/", {"rater": ann.pseudonym}).content.decode()
    assert "4 annotations of ann (imported)" in page
    assert "more can be claimed" not in page
