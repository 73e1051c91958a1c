"""From hidden states at the marks to probabilities. Read from safetensors, so that no model's own code runs.

Only rows that are compared are kept: sequence × vocabulary logits are never made.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from labelling.prm.checkpoints.card import BadCard, Card
from labelling.prm.checkpoints.encoding import Encoder
from labelling.prm.checkpoints.files import BadCheckpoint, config_read, tensor_places

# One layer (``score.weight``: TRL, sequence classifiers) or several with ReLU between (``score.0``, ``score.2``: Qwen).
_CLASSIFIER: Final = re.compile(r"(?:score|classifier)(?:\.(\d+))?\.(weight|bias)\Z")
_OUTPUT: Final = "lm_head.weight"
_RESCALED: Final = ("final_logit_softcapping", "logit_scale", "logits_scaling")
_PAIR: Final = 2


@dataclass(frozen=True)
class Head:
    """Linear layers with ReLU between. ``good``: the index of the right label, or None where there is one figure."""

    layers: tuple[tuple[Tensor, Tensor | None], ...]
    good: int | None

    def probabilities(self, hidden: Tensor) -> Tensor:
        """(marks, width) → (marks,): P(the step is right), in float32."""
        values = hidden.float()
        for at, (weight, bias) in enumerate(self.layers):
            values = nn.functional.linear(values.relu() if at else values, weight, bias)
        return values[:, 0].sigmoid() if self.good is None else values.softmax(dim=-1)[:, self.good]

    def to(self, device: torch.device) -> "Head":
        moved = tuple((weight.to(device), None if bias is None else bias.to(device)) for weight, bias in self.layers)
        return Head(moved, self.good)


def head_load(folder: Path, card: Card, encoder: Encoder, embeddings: Tensor, width: int) -> Head:
    """The checkpoint's head; ``embeddings``: the backbone's, to which an output layer may be tied.

    ``width``: of a hidden state.

    Raises BadCheckpoint and BadCard.
    """
    places = tensor_places(folder)
    if card.head == "labels":
        return _classifier(places, card, folder, width=width)
    return _vocabulary(places, card, encoder, embeddings, folder)


def _classifier(places: dict[str, Path], card: Card, folder: Path, *, width: int) -> Head:
    found: dict[int, dict[str, Tensor]] = {}
    for name, path in places.items():
        if matched := _CLASSIFIER.match(name):
            found.setdefault(int(matched[1] or 0), {})[matched[2]] = _tensor(path, name)
    if not found or any("weight" not in layer for layer in found.values()):
        raise BadCheckpoint(
            f"{folder}: has no classifier ('score' or 'classifier', of plain layers), which the head 'labels' of the "
            "model card needs; a causal language model takes the head 'vocabulary'."
        )
    layers = tuple((found[at]["weight"], found[at].get("bias")) for at in sorted(found))
    _check_shapes(layers, width, folder)
    labels = layers[-1][0].shape[0]
    if labels == 1:
        return Head(layers, None)
    if int(card.good) >= labels:
        raise BadCard(f"good: there is no label {card.good}: the classifier has {labels}")
    return Head(layers, int(card.good))


def _check_shapes(layers: tuple[tuple[Tensor, Tensor | None], ...], width: int, folder: Path) -> None:
    for weight, bias in layers:
        if weight.ndim != _PAIR or weight.shape[1] != width or not (bias is None or bias.shape == weight.shape[:1]):
            raise BadCheckpoint(
                f"{folder}: the classifier has a layer of shape {tuple(weight.shape)}, which takes no {width} figures"
            )
        width = weight.shape[0]


def _vocabulary(places: dict[str, Path], card: Card, encoder: Encoder, embeddings: Tensor, folder: Path) -> Head:
    config = config_read(folder)
    for key in _RESCALED:
        if config.get(key) not in (None, 1, 1.0):
            raise BadCheckpoint(f"{folder}: config.json: {key}: models that rescale their logits are not supported yet")
    assert card.bad is not None  # noqa: S101  the card was checked
    rows = [encoder.token_id(card.good, "good"), encoder.token_id(card.bad, "bad")]
    if _OUTPUT not in places:
        return Head(((embeddings[rows].detach().float(), None),), 0)
    bias = _OUTPUT.replace("weight", "bias")
    weight = _rows(places[_OUTPUT], _OUTPUT, rows)
    return Head(((weight, _rows(places[bias], bias, rows) if bias in places else None),), 0)


def _tensor(path: Path, name: str) -> Tensor:
    with _opened(path) as file:
        tensor: Tensor = file.get_tensor(name)
        return tensor.float()


def _rows(path: Path, name: str, rows: list[int]) -> Tensor:
    with _opened(path) as file:
        whole = file.get_slice(name)
        found = [whole[row : row + 1] for row in rows]
    if any(len(one) != 1 for one in found):
        raise BadCheckpoint(f"{path}: {name}: has no row {max(rows)}, though the tokenizer has such a token")
    return torch.cat(found).float()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(str(path), framework="pt") as file:
            yield file
    except SafetensorError as error:
        raise BadCheckpoint(f"{path}: is no whole safetensors file: {error}") from error
