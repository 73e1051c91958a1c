"""What a killed training leaves behind, and how it goes on from that."""

import shutil
from pathlib import Path

import pytest

from labelling.prm.checkpoints.card import card_of
from labelling.prm.checkpoints.files import BadCheckpoint
from labelling.prm.checkpoints.recipe import LabelledText, Recipe
from tests.prm.toys import few_places, toy, toy_make

pytestmark = [pytest.mark.ml, pytest.mark.filterwarnings("ignore")]  # theirs are theirs


TEXTS = [LabelledText(f"{at} and 1?", (f"That is {at + 1}.", "So wrong."), {0: 1.0, 1: 0.0}) for at in range(8)]


@pytest.mark.parametrize("state", [None, "", "{"])
def test_a_checkpoint_that_a_kill_left_half_written_is_passed_over(state: str | None, tmp_path: Path) -> None:
    """Trainer writes weights for as long as they take, and its state last: without that it can't go on from there."""
    pytest.importorskip("torch")
    from labelling.prm.checkpoints.tuning import tune

    recipe = Recipe(base=str(toy("trl")), rate=0.003, batch=4, epochs=2, checkpoint_steps=1)
    told: list[int] = []

    def tuned() -> int:
        told.clear()
        return tune(
            TEXTS[:6], TEXTS[6:], recipe=recipe, card=card_of("trl"), work=tmp_path,
            watch=lambda done, _total, _message: told.append(done),
        ).steps  # fmt: skip

    assert tuned() == 4
    half = tmp_path / "checkpoint-4"
    if state is None:
        (half / "trainer_state.json").unlink()
    else:
        (half / "trainer_state.json").write_text(state)
    shutil.rmtree(tmp_path / "model")

    assert tuned() == 4
    assert told == [4]  # and not from the beginning
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_kill_gives_no_new_patience(tmp_path: Path) -> None:
    """What is held back says the opposite, so that each look at it is worse: a start is worth one more look."""
    pytest.importorskip("torch")
    from labelling.prm.checkpoints.tuning import tune

    held = [LabelledText(one.problem, one.steps, {0: 0.0, 1: 1.0}) for one in TEXTS[6:]]
    recipe = Recipe(base=str(toy("trl")), rate=0.01, batch=3, epochs=20, checkpoint_steps=1, patience=4)
    steps = [
        tune(TEXTS[:6], held, recipe=recipe, card=card_of("trl"), work=tmp_path, watch=lambda *_: None).steps
        for _ in range(2)
    ]

    assert steps[0] < 20
    assert steps[1] - steps[0] == 1


def test_solutions_beyond_the_base_models_context_are_trained_on_as_far_as_it_goes(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from labelling.prm.checkpoints.tuning import tune

    base = few_places(toy_make("trl, seeing ahead"), 34)
    long = [LabelledText(one.problem, one.steps * 20, one.labels) for one in TEXTS]
    late = LabelledText("p", ("a",) * 40, {39: 1.0})
    recipe = Recipe(base=str(base), batch=4, epochs=1)

    assert tune(
        [*long, late], [], recipe=recipe, card=card_of("trl"), work=tmp_path, watch=lambda *_: None
    ).steps == 2  # fmt: skip


def test_a_training_that_ran_over_makes_no_model(tmp_path: Path) -> None:
    """Its loss would be told as 0, and as a fall to it."""
    pytest.importorskip("torch")
    from labelling.prm.checkpoints.tuning import tune

    recipe = Recipe(base=str(toy("trl")), rate=1e30, batch=4, epochs=2, checkpoint_steps=1)
    with pytest.raises(BadCheckpoint, match="ran over at step 4: take a lower rate"):
        tune(TEXTS[:6], TEXTS[6:], recipe=recipe, card=card_of("trl"), work=tmp_path, watch=lambda *_: None)
    assert not (tmp_path / "model").exists()
