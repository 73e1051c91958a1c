"""Checkpoints of every family, tiny and random: the same scores as by the models' own code, one by one."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling.prm.checkpoints.card import card_of
from tests.prm.toys import MODELS, toy

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.ml, pytest.mark.filterwarnings("ignore")]  # theirs are theirs

ROUNDING = 1e-4  # of probabilities in float32
Text = tuple[str, tuple[str, ...]]
every_kind = pytest.mark.parametrize("kind", sorted(MODELS))
words = st.text("aeiou 0123456789+-=.,\n", min_size=1, max_size=60)
texts = st.tuples(words, st.lists(words, min_size=1, max_size=5).map(tuple))


@lru_cache
def scorer(kind: str, **changes: Any) -> Any:
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
