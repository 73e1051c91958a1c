"""``manage.py import_gold``: gold and screening items from native lines; bad lines told and set aside."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labelling.corpus.models import PoolEntry, Sample, Solution
from labelling.corpus.world import make_world, to_native
from labelling.rounds.models import Campaign, Gold
from tests.factories import CampaignFactory, ItemFactory

pytestmark = pytest.mark.django_db
Write = Callable[..., str]


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create(slug="maths")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(*lines: dict[str, Any] | str) -> str:
        path = tmp_path / "golds.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("".join(text + "\n" for text in texts))
        return str(path)

    return make


def line(**changes: Any) -> dict[str, Any]:
    return {
        "problem": "What is $2 + 3$?",
        "reference_answer": "5",
        "steps": ["Count on from 2.", "So it is 6."],
        "acceptable": [1],
        "explanation": "Three more than 2 is 5.",
    } | changes


def run(path: str, tmp_path: Path, *arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    rejects = str(tmp_path / "rejects.jsonl")
    call_command("import_gold", path, *arguments, campaign="maths", rejects=rejects, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_line_becomes_a_sample_and_gold(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    out, _ = run(write(line()), tmp_path)
    gold = Gold.objects.get()
    assert (gold.use, gold.acceptable, gold.explanation) == ("gold", [1], "Three more than 2 is 5.")
    assert gold.source == "golds.jsonl"
    assert gold.solution.steps == ["Count on from 2.", "So it is 6."]
    assert Sample.objects.get().source == "gold"
    assert not PoolEntry.objects.exists()
    assert "Gold: 1 added, 0 changed, 0 known; 0 of 1 lines set aside." in out
    assert "maths has 1 golds for its rounds and 0 items for screening." in out


def test_again_it_is_known_and_a_better_answer_replaces_the_old(
    campaign: Campaign, write: Write, tmp_path: Path
) -> None:
    run(write(line()), tmp_path)
    assert "0 added, 0 changed, 1 known" in run(write(line()), tmp_path)[0]
    assert "0 added, 1 changed, 0 known" in run(write(line(acceptable=[0, 1])), tmp_path)[0]
    assert Gold.objects.get().acceptable == [0, 1]


def test_a_line_without_an_explanation_leaves_the_one_that_is_there(
    campaign: Campaign, write: Write, tmp_path: Path
) -> None:
    run(write(line()), tmp_path)
    assert "0 added, 1 changed, 0 known" in run(write(line(acceptable=[0], explanation=None)), tmp_path)[0]
    assert (Gold.objects.get().acceptable, Gold.objects.get().explanation) == ([0], "Three more than 2 is 5.")
    run(write(line(explanation="")), tmp_path)
    assert Gold.objects.get().explanation == ""


def test_no_error_is_minus_one_and_the_explanation_may_be_left_out(
    campaign: Campaign, write: Write, tmp_path: Path
) -> None:
    given = line(acceptable=[-1])
    del given["explanation"]
    run(write(given), tmp_path)
    assert (Gold.objects.get().acceptable, Gold.objects.get().explanation) == ([-1], "")


def test_the_demo_world_s_own_truth_serves(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    samples = make_world(seed=5, problems=6, samples=3)
    run(write(*map(to_native, samples)), tmp_path, "--use", "screening")
    golds = {tuple(gold.solution.steps): gold for gold in Gold.objects.select_related("solution")}
    assert {gold.use for gold in golds.values()} == {"screening"}
    for sample in samples:
        truth = sample.step_ratings.index(-1) if -1 in sample.step_ratings else -1
        assert golds[tuple(sample.steps)].acceptable == [truth]
    assert {gold.acceptable[0] == -1 for gold in golds.values()} == {True, False}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line(acceptable=[2]), "acceptable: 2 is no step; there are 0 to 1, and -1 for no error."),
        (line(acceptable=[]), "acceptable: at least one step is needed"),
        (line(acceptable=None), "acceptable: expected a list of 0-based steps"),
        (line(acceptable=None, meta={"step_ratings": [1]}), "meta.step_ratings: 1 ratings without an error"),
        (line(acceptable="1"), "acceptable: expected a list of 0-based steps (-1 for no error), found a string"),
        (line(acceptable=[True]), "acceptable[0]: expected a whole number, found true or false"),
        (line(explanation=7), "explanation: expected a string, found a number"),
        (line(explanation="a\x00b"), "explanation: "),
        (line(steps=[]), "steps: expected at least one entry"),
        (line(wrong_key=1), "wrong_key: unknown key"),
        ("{not json", ""),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_set_aside(
    campaign: Campaign, write: Write, tmp_path: Path, bad: dict[str, Any] | str, reason: str
) -> None:
    fine = line(problem="Another one?")
    out, err = run(write(fine, bad), tmp_path)
    assert "1 added" in out
    assert "1 of 2 lines set aside" in out
    assert f"golds.jsonl:2: {reason}" in err
    kept = [json.loads(row) for row in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [row["line"] for row in kept] == [2]
    assert Gold.objects.count() == Solution.objects.count() == 1


def test_what_is_in_use_for_screening_cannot_be_gold_too(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    run(write(line()), tmp_path, "--use", "screening")
    with pytest.raises(CommandError, match="No line could be made gold"):
        run(write(line()), tmp_path)
    assert Gold.objects.get().use == "screening"
    assert "in use for screening in this campaign" in (tmp_path / "rejects.jsonl").read_text()


def test_a_normal_item_of_the_solution_leaves_the_queue(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    run(write(line()), tmp_path)
    solution = Solution.objects.get()
    Gold.objects.all().delete()
    item = ItemFactory.create(round__campaign=campaign, solution=solution)
    run(write(line()), tmp_path)
    item.refresh_from_db()
    assert item.state == "withdrawn"


def test_it_says_what_the_screening_still_lacks(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    Campaign.objects.update(screening_required=True)
    out, _ = run(write(line()), tmp_path, "--use", "screening")
    assert "the screening asks for 30: 29 are missing" in out


def test_strict_fails_over_one_bad_line_and_keeps_the_good_ones(
    campaign: Campaign, write: Write, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="1 bad lines"):
        run(write(line(), line(acceptable=[9])), tmp_path, "--strict")
    assert Gold.objects.count() == 1


def test_an_unknown_campaign_is_told(write: Write, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no campaign 'maths'"):
        run(write(line()), tmp_path)


def test_bad_lines_never_go_into_a_file_that_is_read(campaign: Campaign, write: Write, tmp_path: Path) -> None:
    path = write(line(), "no JSON")
    held = Path(path).read_bytes()

    with pytest.raises(CommandError, match="one of the files to import"):
        call_command("import_gold", path, campaign="maths", rejects=path)
    with pytest.raises(CommandError, match="is a folder"):
        call_command("import_gold", path, campaign="maths", rejects=str(tmp_path))

    assert Path(path).read_bytes() == held
    assert not Gold.objects.exists()
