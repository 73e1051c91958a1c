"""``manage.py open_round`` and ``close_round``: what a lead or researcher sees of them."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labelling.corpus.models import Problem
from labelling.rounds.models import Campaign, Item, Round
from tests.factories import ModelVersionFactory, ScoreFactory
from tests.rounds.conftest import Answer

Pooled = Callable[..., Problem]


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_it_queues_and_shows_what_it_queued(campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
    problem = pooled()
    solution = answer(problem, 0.9)
    answer(problem, 0.95, right=True)

    out = run("open_round", "algebra", "--strategy", "convincing-wrong", "--per-problem", "2", "--budget", "10")

    assert "Round 1 of algebra is open with 1 items of 1 problems, picked by qwen_prm v1." in out
    assert f"{solution.pk}" in out
    assert "0.9000" in out
    assert Item.objects.get().solution == solution


def test_held_problems_are_shown_with_answer_and_share_the_first_ten_of_them(
    campaign: Campaign, pooled: Pooled, answer: Answer
) -> None:
    for _ in range(12):
        answer(pooled(), final_answer="[/red]57500")
    fine = pooled()
    answer(fine, 0.3)
    answer(fine, 0.3, right=True)

    out = run("open_round", "algebra", "--per-problem", "1")

    assert "Held, check the reference: 12 problems with 12 items." in out
    assert out.count("[/red]57500") == 10
    assert "100%" in out
    assert "… and 2 more." in out
    assert "/campaigns/algebra/references/" in out


def test_a_round_may_be_for_one_pool_of_raters(campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
    answer(pooled())

    run("open_round", "algebra", "--per-problem", "1", "--no-reference-hold", "--pool", "experts")

    assert Round.objects.get().pool == "experts"


def test_a_dry_run_says_so_and_queues_nothing(campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
    answer(pooled())

    assert "Round 1 of algebra would queue 1 items" in run(
        "open_round", "algebra", "--per-problem", "1", "--no-reference-hold", "--dry-run"
    )
    assert not Round.objects.exists()


def test_the_model_must_be_named_where_several_have_scored_the_pool(
    campaign: Campaign, pooled: Pooled, answer: Answer
) -> None:
    solution = answer(pooled())
    other = ModelVersionFactory.create(model__name="shepherd")
    ScoreFactory.create(solution=solution, version=other, solution_score=0.1)
    arguments = ["open_round", "algebra", "--per-problem", "1", "--no-reference-hold"]

    with pytest.raises(CommandError, match="--model: qwen_prm, shepherd"):
        run(*arguments)
    run(*arguments, "--model", "shepherd")

    assert Round.objects.get().model_version == other


def test_the_newest_version_that_has_scored_the_pool_is_taken(
    campaign: Campaign, pooled: Pooled, answer: Answer
) -> None:
    solution = answer(pooled())
    model = solution.scores.get().version.model
    second = ModelVersionFactory.create(model=model, number=2)
    ScoreFactory.create(solution=solution, version=second, solution_score=0.1)
    ModelVersionFactory.create(model=model, number=3)

    assert "picked by qwen_prm v2" in run("open_round", "algebra", "--per-problem", "1", "--no-reference-hold")


def test_a_model_that_has_scored_nothing_here_is_refused_with_those_that_have(
    campaign: Campaign, pooled: Pooled, answer: Answer
) -> None:
    answer(pooled())

    with pytest.raises(CommandError, match=r"'gwen' has scored nothing .*: those that have: qwen_prm; or run"):
        run("open_round", "algebra", "--per-problem", "1", "--model", "gwen")


def test_a_pool_that_nobody_has_scored_is_refused_with_the_mend(campaign: Campaign, pooled: Pooled) -> None:
    pooled()

    with pytest.raises(CommandError, match="score_solutions --model NAME --campaign algebra"):
        run("open_round", "algebra", "--per-problem", "1")


@pytest.mark.parametrize("command", [["open_round", "algerba", "--per-problem", "1"], ["close_round", "algerba"]])
def test_an_unknown_campaign_is_refused_with_those_there_are(campaign: Campaign, command: list[str]) -> None:
    with pytest.raises(CommandError, match=r"no campaign 'algerba' \(there are: algebra\)"):
        run(*command)


def test_a_refused_round_is_a_message_not_a_traceback(campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
    answer(pooled())
    arguments = ["open_round", "algebra", "--per-problem", "1", "--no-reference-hold"]
    run(*arguments)

    with pytest.raises(CommandError, match="Round 1 of 'algebra' is open"):
        run(*arguments)


def test_hold_share_and_no_hold_exclude_each_other(campaign: Campaign) -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        run("open_round", "algebra", "--per-problem", "1", "--no-reference-hold", "--reference-hold-share", "0.9")


def test_closing_says_how_much_was_done(campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
    for _ in range(3):
        answer(pooled())
    run("open_round", "algebra", "--per-problem", "1", "--no-reference-hold")
    Item.objects.filter(position=0).update(state="done", completed=1)

    assert run("close_round", "algebra").strip() == "Round 1 of algebra is closed: 1 of 3 done."
    with pytest.raises(CommandError, match="No round of 'algebra' is open"):
        run("close_round", "algebra")
