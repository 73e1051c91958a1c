"""Tiny random checkpoints of every family, made on the spot: nothing is downloaded. Tokenizers alone need no torch."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from labelling.prm.checkpoints.card import Card, card_of, card_write

CONTROL = {
    "qwen": ["<|im_start|>", "<|im_end|>", "<extra_0>"],
    "rlhflow": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "math-shepherd": ["<s>"],
    "trl": ["<s>"],
}
_FOLDERS: list[TemporaryDirectory[str]] = []  # gone with the process
WORDS = [
    "Ann has 12 eggs and buys 30 more. How many has she got now?",
    "She has 12 + 30 = 42 eggs.\nSo the answer is 42.",
    "Step 1: We add. ки\nStep 2: 12 + 30 - 0 = 42 ки",
    "system user assistant Please reason step by step, and put your final answer within \\boxed{}.",
    "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n",
    "ки + - ки + - ки + - ки + -",
]
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 4096,
}


def tokenizer_json(family: str) -> str:
    """A byte-level tokenizer, or, for Math-Shepherd, one that writes blanks as ▁, as Mistral's does."""
    tokenizers = pytest.importorskip("tokenizers")
    raw = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    if family == "math-shepherd":
        raw.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
            [tokenizers.pre_tokenizers.Metaspace(), tokenizers.pre_tokenizers.Split("\n", "isolated")]
        )
        alphabet = sorted({*"".join(chr(code) for code in range(32, 127)), "▁", "\n", "к", "и"})
    else:
        raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        raw.decoder = tokenizers.decoders.ByteLevel()
        alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<unk>", "<pad>", *CONTROL[family]],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    raw.train_from_iterator(WORDS * 3, trainer)
    made: str = raw.to_str()
    return made


def tokenizer_save(folder: Path, family: str) -> int:
    """Write it as a checkpoint has it; return how many tokens it knows."""
    content = tokenizer_json(family)
    (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    config: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "unk_token": "<unk>"}
    if "<s>" in CONTROL[family]:
        config["bos_token"] = "<s>"
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    data = json.loads(content)
    return 1 + max(int(one) for one in data["model"]["vocab"].values())


def _trl(folder: Path, tokens: int) -> None:
    import transformers

    config = transformers.Qwen2Config(vocab_size=tokens, num_key_value_heads=2, num_labels=2, **SIZES)
    transformers.AutoModelForTokenClassification.from_config(config).save_pretrained(folder)


def _encoder(folder: Path, tokens: int) -> None:
    """A model whose tokens see later ones, as TRL trains it as well."""
    import transformers

    config = transformers.BertConfig(vocab_size=tokens, num_labels=2, **SIZES)
    transformers.AutoModelForTokenClassification.from_config(config).save_pretrained(folder)


def few_places(folder: Path, places: int) -> Path:
    """Put a RoBERTa's weights there, which takes two tokens less than it has places."""
    import transformers

    tokens = json.loads((folder / "config.json").read_text())["vocab_size"]
    config = transformers.RobertaConfig(vocab_size=tokens, num_labels=2, **SIZES | {"max_position_embeddings": places})
    transformers.AutoModelForTokenClassification.from_config(config).save_pretrained(folder)
    return folder


def _qwen(folder: Path, tokens: int) -> None:
    """As published: tensors of a class that only the model's own code knows, and the configuration that names it."""
    import safetensors.torch
    import torch
    import transformers

    config = transformers.Qwen2Config(vocab_size=tokens, num_key_value_heads=2, **SIZES)
    model = transformers.Qwen2Model(config)
    width = config.hidden_size
    score = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, 2))
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"score.{name}": tensor for name, tensor in score.state_dict().items()}
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    told = config.to_dict() | {
        "architectures": ["Qwen2ForProcessRewardModel"],
        "auto_map": {
            "AutoConfig": "configuration_qwen2_rm.Qwen2RMConfig",
            "AutoModel": "modeling_qwen2_rm.Qwen2ForProcessRewardModel",
        },
    }
    (folder / "config.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "modeling_qwen2_rm.py").write_text("raise SystemExit('a model ran its own code')\n", encoding="utf-8")


def _shepherd(folder: Path, tokens: int) -> None:
    import transformers

    config = transformers.MistralConfig(vocab_size=tokens, num_key_value_heads=2, sliding_window=None, **SIZES)
    transformers.MistralForCausalLM(config).save_pretrained(folder)


def _rlhflow(folder: Path, tokens: int) -> None:
    """In several files, and with an output layer tied to the embeddings."""
    import transformers

    config = transformers.LlamaConfig(vocab_size=tokens, num_key_value_heads=2, tie_word_embeddings=True, **SIZES)
    transformers.LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="60KB")


MODELS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "trl": ("trl", _trl),
    "trl, seeing ahead": ("trl", _encoder),
    "qwen": ("qwen", _qwen),
    "math-shepherd": ("math-shepherd", _shepherd),
    "rlhflow": ("rlhflow", _rlhflow),
}


def toy_make(kind: str, **changes: Any) -> Path:
    """A checkpoint of random weights, in a folder of its own. ``changes``: of its card."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # threads only stand in each other's way at this size
    family, model = MODELS[kind]
    _FOLDERS.append(TemporaryDirectory(prefix="stepmark-toy-"))
    folder = Path(_FOLDERS[-1].name)
    tokens = tokenizer_save(folder, family)
    with torch.random.fork_rng():
        torch.manual_seed(len(kind))
        model(folder, tokens)
    card_write(folder, card_of(family, **changes))
    return folder


@lru_cache
def toy(kind: str) -> Path:
    """The same, once."""
    return toy_make(kind)


@lru_cache
def toy_texts(kind: str) -> tuple[str, Card]:
    """A tokenizer's JSON and the card of its family, without a model."""
    family = MODELS[kind][0]
    return tokenizer_json(family), card_of(family)
