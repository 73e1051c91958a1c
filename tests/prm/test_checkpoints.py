"""Checkpoints of every family, tiny and random: the same scores as by the models' own code, one by one."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling.prm.backends import ScoringItem, backend_make
from labelling.prm.checkpoints.card import card_of
from tests.prm.toys import MODELS, few_places, toy, toy_make

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.ml, pytest.mark.filterwarnings("ignore")]  # theirs are theirs

ROUNDING = 1e-4  # of probabilities in float32
Text = tuple[str, tuple[str, ...]]
every_kind = pytest.mark.parametrize("kind", sorted(MODELS))
words = st.text("aeiou 0123456789+-=.,\n", min_size=1, max_size=60)
texts = st.tuples(words, st.lists(words, min_size=1, max_size=5).map(tuple))


@lru_cache
def scorer(kind: str) -> Any:
    from labelling.prm.checkpoints.scorer import scorer_load

    return scorer_load(toy(kind), budget=16_384, remote_code=False)


def of_budget(kind: str, budget: int) -> Any:
    found = scorer(kind)
    found.budget = budget
    return found


# --- what the models' own code says: whole logits, one solution at a time ------------------------------------------
@lru_cache
def own_tokenizer(kind: str) -> Any:
    return transformers.PreTrainedTokenizerFast.from_pretrained(toy(kind))


@lru_cache
def own_model(kind: str, name: str) -> Any:
    return getattr(transformers, name).from_pretrained(toy(kind)).eval()


def own_labels(kind: str, problem: str, steps: Sequence[str]) -> list[float]:
    """TRL: its own tokenisation, the model's logits at the labelled tokens."""
    prm = pytest.importorskip("trl.experimental.prm")
    row = prm.PRMTrainer.tokenize_row(
        {"prompt": problem, "completions": list(steps), "labels": [True] * len(steps)},
        tokenizer=own_tokenizer(kind),
        step_separator="\n",
        max_length=None,
        max_completion_length=None,
        train_on_last_step_only=False,
        is_eval=False,
    )
    with torch.no_grad():
        logits = own_model(kind, "AutoModelForTokenClassification")(input_ids=torch.tensor([row["input_ids"]])).logits
    return [float(one) for one in logits[0].softmax(-1)[:, 1][torch.tensor(row["labels"]) != -100]]


def own_qwen(kind: str, problem: str, steps: Sequence[str]) -> list[float]:
    import safetensors.torch

    tokenizer = own_tokenizer(kind)
    text = card_of("qwen").prompt.replace("{problem}", problem) + "".join(f"{step}<extra_0>" for step in steps)
    ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
    tensors = safetensors.torch.load_file(toy(kind) / "model.safetensors")
    with torch.no_grad():
        hidden = own_model(kind, "Qwen2Model")(ids).last_hidden_state[0]
        middle = (hidden @ tensors["score.0.weight"].T + tensors["score.0.bias"]).relu()
        logits = middle @ tensors["score.2.weight"].T + tensors["score.2.bias"]
    return [float(one) for one in logits.softmax(-1)[:, 1][ids[0] == tokenizer.convert_tokens_to_ids("<extra_0>")]]


def own_shepherd(kind: str, problem: str, steps: Sequence[str]) -> list[float]:
    tokenizer = own_tokenizer(kind)
    text = f"{problem} " + "\n".join(f"Step {number}: {step} ки" for number, step in enumerate(steps, start=1))
    ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]])
    pair = tokenizer.convert_tokens_to_ids(["▁+", "▁-"])
    with torch.no_grad():
        logits = own_model(kind, "AutoModelForCausalLM")(ids).logits[0][:, pair]
    return [float(one) for one in logits.softmax(-1)[:, 0][ids[0] == tokenizer.convert_tokens_to_ids("▁ки")]]


def own_rlhflow(kind: str, problem: str, steps: Sequence[str]) -> list[float]:
    """A pass for each step, read three tokens from the end, as the authors do."""
    tokenizer, found = own_tokenizer(kind), []
    pair = tokenizer.convert_tokens_to_ids(["+", "-"])
    turn = "<|start_header_id|>{}<|end_header_id|>\n\n{}<|eot_id|>".format
    text = card_of("rlhflow").prompt.partition("<|eot_id|>")[0] + "<|eot_id|>"
    for number, step in enumerate(steps):
        text += turn("user", step.strip() if number else f"{problem.strip()} {step.strip()}") + turn("assistant", "+")
        ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
        with torch.no_grad():
            logits = own_model(kind, "AutoModelForCausalLM")(ids).logits[0, -3, pair]
        found.append(float(logits.softmax(-1)[0]))
    return found


OWN: dict[str, Callable[[str, str, Sequence[str]], list[float]]] = {
    "trl": own_labels,
    "trl, seeing ahead": own_labels,
    "qwen": own_qwen,
    "math-shepherd": own_shepherd,
    "rlhflow": own_rlhflow,
}


class TestSameScores:
    @every_kind
    @settings(max_examples=12, derandomize=True)
    @given(batch=st.lists(texts, min_size=1, max_size=9), budget=st.integers(1, 2_000))
    def test_in_our_batches_one_by_one_and_by_the_models_own_code(
        self, kind: str, batch: list[Text], budget: int
    ) -> None:
        together = of_budget(kind, budget).score(batch)

        for (problem, steps), scores in zip(batch, together, strict=True):
            assert scores == pytest.approx(OWN[kind](kind, problem, steps), abs=ROUNDING)
            assert of_budget(kind, 1).score([(problem, steps)]) == [pytest.approx(scores, abs=ROUNDING)]


class TestSharedPrefixes:
    """Samples of one problem, as pools have them: its tokens are computed once."""

    @every_kind
    @settings(max_examples=8, derandomize=True)
    @given(
        problems=st.lists(words, min_size=1, max_size=3, unique=True),
        samples=st.lists(st.lists(words, min_size=1, max_size=3).map(tuple), min_size=2, max_size=5),
        budget=st.integers(1, 2_000),
    )
    def test_scores_are_those_of_each_sample_by_itself(
        self, kind: str, problems: list[str], samples: list[tuple[str, ...]], budget: int
    ) -> None:
        batch = [(problem, steps) for steps in samples for problem in problems] + [("alone", samples[0])]
        found = of_budget(kind, budget)
        found.work = type(found.work)()

        for text, scores in zip(batch, found.score(batch), strict=True):
            assert of_budget(kind, 1).score([text]) == [pytest.approx(scores, abs=ROUNDING)]

    @pytest.mark.parametrize("kind", ["math-shepherd", "qwen", "rlhflow", "trl"])
    def test_fewer_tokens_are_computed_than_solutions_have(self, kind: str) -> None:
        batch = [("Ann has 12 eggs and buys 30 more. " * 5, (f"So {at}.",)) for at in range(10, 30)]
        found = of_budget(kind, 16_384)
        found.work = type(found.work)()
        found.score(batch)

        assert found.work.computed < 0.5 * found.work.needed

    def test_a_window_that_a_text_could_leave_is_not_shared_over(self) -> None:
        from labelling.prm.checkpoints.prefixes import can_share

        backbone = scorer("math-shepherd").backbone
        assert can_share(backbone, 100)
        backbone.model.config.sliding_window = 150
        try:
            assert not can_share(backbone, 100)
        finally:
            backbone.model.config.sliding_window = None

    def test_where_memory_is_short_for_the_samples_their_batches_are_halved(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = [("Ann has 12 eggs. " * 9, (f"So {at}.", "Well.")) for at in range(10, 20)]
        alone, lookup = of_budget("trl", 1).score(batch), torch.nn.functional.embedding

        def embedding(ids: Any, *more: Any, **others: Any) -> Any:
            if ids.shape[0] > 3:
                raise torch.OutOfMemoryError
            return lookup(ids, *more, **others)

        monkeypatch.setattr(torch.nn.functional, "embedding", embedding)
        found = of_budget("trl", 16_384)
        found.work = type(found.work)()
        assert found.score(batch) == [pytest.approx(one, abs=ROUNDING) for one in alone]
        assert found.work.halvings == 2
        assert found.work.computed < found.work.needed

    def test_where_memory_is_short_for_the_prefixes_it_goes_on_without(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from labelling.prm.checkpoints import scorer as module

        batch = [("Ann has 12 eggs. " * 9, (f"So {at}.", "Well.")) for at in range(10, 20)]
        alone = of_budget("trl", 1).score(batch)

        def computed(*_: Any) -> Any:
            raise torch.OutOfMemoryError

        monkeypatch.setattr(module, "prefixes_computed", computed)
        assert of_budget("trl", 16_384).score(batch) == [pytest.approx(one, abs=ROUNDING) for one in alone]


PAIR: list[Text] = [("Ann has 12 eggs.", ("She has 12.", "So 42 eggs.")), ("How many?", ("Many.", "Three.", "So 3."))]


def score(folder: Path, batch: Sequence[Text], **config: object) -> list[Any]:
    backend = backend_make("transformers", {"path": str(folder), **config})
    return backend.score([ScoringItem(problem, steps) for problem, steps in batch])


class TestMemory:
    @pytest.mark.parametrize("error", [torch.OutOfMemoryError("no more"), RuntimeError("can't allocate memory: 9 GB")])
    def test_out_of_memory_halves_the_batch_and_goes_on(
        self, error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An allocator with room for 120 tokens at once: the first layer asks it for each batch's memory."""
        batch = [(f"{PAIR[at % 2][0]} {at}", PAIR[at % 2][1]) for at in range(9)]
        alone = of_budget("qwen", 1).score(batch)
        sizes, lookup = [], torch.nn.functional.embedding

        def embedding(ids: Any, *more: Any, **others: Any) -> Any:
            sizes.append(ids.numel())
            if ids.numel() > 120:
                raise error
            return lookup(ids, *more, **others)

        monkeypatch.setattr(torch.nn.functional, "embedding", embedding)
        found = of_budget("qwen", 16_384)
        before = found.work.halvings

        assert found.score(batch) == [pytest.approx(scores, abs=ROUNDING) for scores in alone]
        assert found.work.halvings - before >= 1
        assert found.budget <= 240
        assert sum(size > 120 for size in sizes) == found.work.halvings - before  # each try too large halves once

    def test_a_solution_that_is_too_much_by_itself_is_left_out_and_the_rest_scored(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lookup = torch.nn.functional.embedding

        def embedding(ids: Any, *more: Any, **others: Any) -> Any:
            if ids.shape[-1] > 200:
                raise torch.OutOfMemoryError
            return lookup(ids, *more, **others)

        monkeypatch.setattr(torch.nn.functional, "embedding", embedding)
        found = of_budget("trl", 16_384).score([PAIR[0], ("p", ("aeiou " * 100, "so")), PAIR[1]])

        assert found[1] is None
        assert found[0] is not None
        assert found[2] is not None

    def test_any_other_error_goes_on_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def embedding(*_: Any, **__: Any) -> Any:
            raise RuntimeError("something else")

        monkeypatch.setattr(torch.nn.functional, "embedding", embedding)
        with pytest.raises(RuntimeError, match="something else"):
            of_budget("trl", 100).score(PAIR)


class TestContext:
    @every_kind
    def test_what_does_not_fit_has_no_score_and_the_rest_is_as_if_it_ended_there(self, kind: str) -> None:
        problem, steps = "Ann has 12 eggs.", ("She buys 3.", "So 15.", "aeiou " * 30)
        encoded = scorer(kind).encoder.encode([(problem, steps)])[0]
        folder = toy_make(kind, max_tokens=encoded.marks[1] + 1)

        assert score(folder, [(problem, steps)]) == [
            (*[pytest.approx(one, abs=ROUNDING) for one in score(toy(kind), [(problem, steps[:2])])[0]], None)
        ]

    def test_a_problem_that_leaves_no_room_for_a_step_leaves_the_solution_without_scores(self) -> None:
        assert score(toy_make("qwen", max_tokens=8), PAIR) == [None, None]

    def test_places_that_no_token_can_stand_at_are_no_room(self) -> None:
        folder = few_places(toy_make("trl, seeing ahead"), 34)
        found = score(folder, [("p" * at, ("a",) * 20) for at in range(1, 12)])

        assert {sum(one is not None for one in scores or ()) for scores in found} <= set(range(1, 20))
        assert None not in found


class TestOutcome:
    @every_kind
    def test_it_judges_the_whole_solution_at_its_last_step(self, kind: str) -> None:
        folder = toy_make(kind, form="outcome")

        for whole, outcome in zip(score(toy(kind), PAIR), score(folder, PAIR), strict=True):
            assert outcome == (*[None] * (len(whole) - 1), pytest.approx(whole[-1], abs=ROUNDING))

    def test_half_a_solution_has_no_outcome(self) -> None:
        problem, steps = PAIR[1]
        encoded = scorer("trl").encoder.encode([(problem, steps)])[0]

        assert score(toy_make("trl", form="outcome", max_tokens=encoded.marks[-1]), [(problem, steps)]) == [None]

    def test_a_classifier_of_one_label_is_read_by_the_logistic_function(self) -> None:
        folder = toy_make("trl", form="outcome")
        config = transformers.Qwen2Config.from_pretrained(folder, num_labels=1)
        model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
        model.save_pretrained(folder)
        problem, steps = PAIR[0]
        ids = scorer("trl").encoder.encode([(problem, steps)])[0].ids
        model.config.pad_token_id = 1
        with torch.no_grad():
            wanted = float(model(torch.tensor([ids])).logits[0, 0].sigmoid())

        assert score(folder, [(problem, steps)]) == [(None, pytest.approx(wanted, abs=ROUNDING))]


def test_a_loaded_checkpoint_is_kept_until_its_files_change() -> None:
    folder = toy_make("trl")
    before = score(folder, PAIR)
    assert score(folder, PAIR) == before

    other = toy_make("trl, seeing ahead")
    for path in other.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    assert score(folder, PAIR) != before


def test_half_precision_stays_near() -> None:
    whole, half = (score(toy_make("trl", precision=precision), PAIR) for precision in ("float32", "bfloat16"))

    assert half == [pytest.approx(scores, abs=0.03) for scores in whole]
    assert backend_make("transformers", {"path": str(toy_make("trl", precision="bfloat16"))}).precision
