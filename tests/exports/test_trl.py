"""``trl`` rows in TRL itself: its tokenisation, and one step of its trainer on a tiny model. All made here, offline."""

import json
from pathlib import Path
from typing import Any

import pytest

from exports import export_dataset
from tests.exports.labelled import ROWS
from tests.factories import AnnotationFactory

pytestmark = [pytest.mark.ml, pytest.mark.django_db, pytest.mark.filterwarnings("ignore")]  # theirs are theirs


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    """What ``datasets`` reads of an export."""
    datasets = pytest.importorskip("datasets")
    for kind in ("plain", "right", "neutral", "odd characters", "alternatives"):
        AnnotationFactory.create(document=json.dumps(ROWS[kind], ensure_ascii=False))
    export_dataset(format="trl", neutral="positive", alternatives="rows", container="parquet", output=tmp_path / "made")
    return datasets.load_dataset(str(tmp_path / "made"), split="train", cache_dir=str(tmp_path / "cache"))


@pytest.fixture
def tokenizer(rows: Any) -> Any:
    """A tokenizer of bytes, trained on the rows themselves."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([*rows["prompt"], *(step for steps in rows["completions"] for step in steps)], trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<pad>")


def test_its_tokenisation_finds_each_steps_label_at_its_separator(rows: Any, tokenizer: Any) -> None:
    prm = pytest.importorskip("trl.experimental.prm")
    (separator,) = tokenizer("\n", add_special_tokens=False)["input_ids"]
    assert len(rows) > 5
    for row in rows:
        made = prm.PRMTrainer.tokenize_row(
            row,
            tokenizer=tokenizer,
            step_separator="\n",
            max_length=None,
            max_completion_length=None,
            train_on_last_step_only=False,
            is_eval=False,
        )
        marked = [
            (token, label) for token, label in zip(made["input_ids"], made["labels"], strict=True) if label != -100
        ]
        assert [label for _, label in marked] == [int(label) for label in row["labels"]]
        assert {token for token, _ in marked} == {separator}


def test_its_trainer_takes_a_step_on_them(rows: Any, tokenizer: Any, tmp_path: Path) -> None:
    prm = pytest.importorskip("trl.experimental.prm")
    transformers = pytest.importorskip("transformers")
    config = transformers.Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        num_labels=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    arguments = prm.PRMConfig(
        output_dir=str(tmp_path / "run"), max_steps=1, use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True
    )
    trainer = prm.PRMTrainer(
        model=transformers.AutoModelForTokenClassification.from_config(config),
        args=arguments,
        processing_class=tokenizer,
        train_dataset=rows,
    )
    assert trainer.train().training_loss > 0
