"""One forward pass a solution, in batches of like length: texts in, step scores out."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from labelling.prm.checkpoints.backbone import Backbone, backbone_load
from labelling.prm.checkpoints.batching import batches_of, halved
from labelling.prm.checkpoints.card import Card, card_read
from labelling.prm.checkpoints.encoding import Encoder, Text, reads_of, scores_told, shortened
from labelling.prm.checkpoints.heads import Head, head_load

logger = logging.getLogger(__name__)
Scores = tuple[float | None, ...]


@dataclass
class Work:
    """What a scorer has computed so far: tokens that solutions have, and tokens that went through the model."""

    needed: int = 0
    computed: int = 0
    batches: int = 0
    halvings: int = 0


class Scorer:
    """A loaded checkpoint. ``budget``: tokens a batch, halved when memory runs out, and then kept so."""

    def __init__(self, card: Card, encoder: Encoder, backbone: Backbone, head: Head, *, budget: int) -> None:
        self.card, self.encoder, self.backbone = card, encoder, backbone
        self.head = head.to(backbone.device)
        self.budget = budget
        self.work = Work()

    @property
    def precision(self) -> str:
        return str(self.backbone.dtype).removeprefix("torch.")

    def score(self, texts: Sequence[Text]) -> list[Scores | None]:
        """An entry a text: a score or None a step; None where nothing of it could be scored."""
        limit, causal = self.backbone.limit, self.backbone.causal
        encoded = [shortened(one, limit, causal=causal) for one in self.encoder.encode(texts)]
        counts = [len(steps) for _, steps in texts]
        reads = [reads_of(self.card, one, count) for one, count in zip(encoded, counts, strict=True)]
        found = self._forward([one.ids for one in encoded], reads)
        return [scores_told(self.card, scores, count) for scores, count in zip(found, counts, strict=True)]

    def _forward(self, ids: Sequence[Sequence[int]], reads: Sequence[tuple[int, ...]]) -> list[list[float]]:
        """The scores at each row's reads; none where it has none, or where even alone it is too much for the memory."""
        found: list[list[float]] = [[] for _ in ids]
        asked = [at for at, places in enumerate(reads) if places]
        lengths = [len(row) for row in ids]
        plan = batches_of([lengths[at] for at in asked], budget=self.budget)
        waiting = deque([asked[at] for at in batch] for batch in plan)
        self.work.needed += sum(lengths[at] for at in asked)
        while waiting:
            batch = waiting.popleft()
            scores = self._batch([ids[at] for at in batch], [reads[at] for at in batch])
            if scores is not None:
                for at, row in zip(batch, scores, strict=True):
                    found[at] = row
            elif len(batch) > 1:
                waiting = deque(self._smaller([batch, *waiting], lengths))
            else:
                logger.warning("A solution of %s tokens is too much for the memory by itself.", lengths[batch[0]])
        return found

    def _smaller(self, waiting: Sequence[list[int]], lengths: Sequence[int]) -> list[list[int]]:
        self.budget = max(lengths[at] for at in waiting[0]) * len(waiting[0]) // 2
        self.work.halvings += 1
        logger.warning("Out of memory: batches of %s tokens from now on.", f"{self.budget:,}")
        return halved(waiting, lengths, budget=self.budget)

    def _batch(self, ids: Sequence[Sequence[int]], reads: Sequence[tuple[int, ...]]) -> list[list[float]] | None:
        """None where the memory is not enough."""
        try:
            with torch.inference_mode():
                flat = self._computed(ids, reads)
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if not _is_memory(error):
                raise
            flat = None
        if flat is None:  # behind the except block, whose error holds on to the batch's tensors
            if self.backbone.device.type == "cuda":
                torch.cuda.empty_cache()
            return None
        self.work.batches += 1
        self.work.computed += len(ids) * max(map(len, ids))
        at = iter(flat)
        return [[next(at) for _ in places] for places in reads]

    def _computed(self, ids: Sequence[Sequence[int]], reads: Sequence[tuple[int, ...]]) -> list[float]:
        device, width = self.backbone.device, max(map(len, ids))
        rows = torch.zeros((len(ids), width), dtype=torch.long)
        for row, one in zip(rows, ids, strict=True):
            row[: len(one)] = torch.tensor(one)
        at_row = torch.tensor([row for row, places in enumerate(reads) for _ in places], device=device)
        at_token = torch.tensor(list(chain.from_iterable(reads)), device=device)
        mask = self._mask([len(one) for one in ids], width)
        hidden = self.backbone.model(input_ids=rows.to(device), attention_mask=mask).last_hidden_state
        return [float(one) for one in self.head.probabilities(hidden[at_row, at_token]).tolist()]

    def _mask(self, lengths: Sequence[int], width: int) -> Tensor | None:
        """None where padding, which stands behind the text, can't be seen: attention is faster without a mask."""
        if self.backbone.causal or min(lengths) == width:
            return None
        places = torch.arange(width).expand(len(lengths), width)
        return (places < torch.tensor(lengths)[:, None]).long().to(self.backbone.device)


def scorer_load(folder: Path, *, budget: int, remote_code: bool) -> Scorer:
    """Everything from the checkpoint's folder. Raises BadCard and BadCheckpoint."""
    card = card_read(folder)
    encoder = Encoder.from_folder(folder, card)
    backbone = backbone_load(folder, card, remote_code=remote_code)
    embeddings = backbone.model.get_input_embeddings().weight
    return Scorer(card, encoder, backbone, head_load(folder, card, encoder, embeddings), budget=budget)


def _is_memory(error: RuntimeError) -> bool:
    """Of a GPU, or of this machine, whose allocator has no class of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
