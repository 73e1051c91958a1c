"""Random models of a given shape, as checkpoints and in memory, and what a device can do at most."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.prm.solutions import Solution
from labelling.prm.checkpoints.card import card_of, card_write

SMALL: dict[str, Any] = {
    "hidden_size": 384,
    "intermediate_size": 1536,
    "num_hidden_layers": 6,
    "num_attention_heads": 6,
    "num_key_value_heads": 6,
}
SEVEN_BILLION: dict[str, Any] = {  # Qwen2.5-Math-PRM-7B's
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}
VOCABULARY = 16_000
LONGEST = 8_192
_MATRIX, _TIMES = 8_192, 20


def checkpoint_make(folder: Path, texts: Sequence[Solution], shape: dict[str, Any], precision: str) -> None:
    """A TRL checkpoint of random weights, with a byte-level tokenizer trained on the texts."""
    import tokenizers

    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([text for problem, steps in texts for text in (problem, *steps)], trainer)
    (folder / "tokenizer.json").write_text(raw.to_str(), encoding="utf-8")
    torch.manual_seed(0)
    config = transformers.Qwen2Config(vocab_size=VOCABULARY, num_labels=2, max_position_embeddings=LONGEST, **shape)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):  # billions of random weights take minutes on a CPU
        model = transformers.AutoModelForTokenClassification.from_config(config, dtype=getattr(torch, precision))
    model.save_pretrained(folder)
    card_write(folder, card_of("trl", precision=precision))


def operations_a_token(model: Any) -> int:
    """Floating-point operations of a token's products with the weights; attention's own, few here, are left out."""
    inner = sum(weight.numel() for name, weight in model.named_parameters() if "embed_tokens" not in name)
    return int(2 * inner)


def matrix_peak(device: torch.device, dtype: torch.dtype, *, size: int = _MATRIX, times: int = _TIMES) -> float:
    """Operations a second of one large matrix product: what the device reaches at best."""
    one = torch.randn((size, size), device=device).to(dtype)
    for _ in range(3):
        one @ one
    _wait(device)
    began = time.perf_counter()
    for _ in range(times):
        one @ one
    _wait(device)
    return 2 * size**3 * times / (time.perf_counter() - began)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
