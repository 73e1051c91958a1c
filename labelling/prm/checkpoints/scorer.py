"""One forward pass a solution, in batches of like length: texts in, step scores out."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

import torch
from torch import Tensor

from labelling.prm.checkpoints.backbone import Backbone, backbone_load
from labelling.prm.checkpoints.batching import batches_of, halved
from labelling.prm.checkpoints.card import Card, card_read
from labelling.prm.checkpoints.encoding import Encoded, Encoder, Text, reads_of, scores_told, shortened
from labelling.prm.checkpoints.files import BadCheckpoint
from labelling.prm.checkpoints.heads import Head, head_load
from labelling.prm.checkpoints.prefixes import (
    LEAST_SAVED,
    Prefix,
    can_share,
    common_lengths,
    hidden_behind,
    prefixes_computed,
    saved_share,
)

logger = logging.getLogger(__name__)
Scores = tuple[float | None, ...]
T = TypeVar("T")
NOTHING: Final = Prefix(0, [])


@dataclass(frozen=True)
class Row:
    """Tokens that go through the model, those of them that are read, and what stands before them, computed already."""

    ids: Sequence[int]
    reads: tuple[int, ...]
    prefix: Prefix | None = None


@dataclass
class Work:
    """What a scorer has computed so far: tokens that solutions have, that the model was given, and with padding."""

    needed: int = 0
    given: int = 0
    computed: int = 0
    batches: int = 0
    halvings: int = 0


class Scorer:
    """A loaded checkpoint. ``budget``: tokens a batch, halved when memory runs out, and then kept so."""

    def __init__(self, card: Card, encoder: Encoder, backbone: Backbone, head: Head, *, budget: int) -> None:
        self.card, self.encoder, self.backbone = card, encoder, backbone
        self.head = head.to(backbone.device)
        self.budget = budget
        self.embeddings = int(backbone.model.get_input_embeddings().weight.shape[0])
        self.share = True  # what is off for measuring only
        self.work = Work()

    @property
    def precision(self) -> str:
        return str(self.backbone.dtype).removeprefix("torch.")

    def score(self, texts: Sequence[Text]) -> list[Scores | None]:
        """An entry a text: a score or None a step; None where nothing of it could be scored."""
        answers = dict(self.stream(texts))
        return [answers[at] for at in range(len(texts))]

    def stream(self, texts: Sequence[Text]) -> Iterator[tuple[int, Scores | None]]:
        """The same, each with its text's index, batch by batch."""
        limit, causal = self.backbone.limit, self.backbone.causal
        encoded = [shortened(one, limit, causal=causal) for one in self.encoder.encode(texts)]
        self._check_known(encoded)
        counts = [len(steps) for _, steps in texts]
        reads = [reads_of(self.card, one, count) for one, count in zip(encoded, counts, strict=True)]
        asked = [at for at, places in enumerate(reads) if places]
        rows = [Row(encoded[at].ids, reads[at]) for at in asked]
        self.work.needed += sum(len(row.ids) for row in rows)
        yield from ((at, None) for at, places in enumerate(reads) if not places)
        for at, scores in self._forward(self._shared(rows, [texts[at][0] for at in asked])):
            yield asked[at], scores_told(self.card, scores, counts[asked[at]])

    def _check_known(self, encoded: Sequence[Encoded]) -> None:
        """On a GPU a token that has no embedding ends every later computation of the process, too."""
        highest = max((max(one.ids, default=0) for one in encoded), default=0)
        if highest >= self.embeddings:
            raise BadCheckpoint(f"The tokenizer makes the token {highest}, but the model has {self.embeddings} tokens.")

    def _shared(self, rows: list[Row], problems: Sequence[str]) -> list[Row]:
        """The rows behind their problems' prefixes, where that pays and the memory allows it; else as they are."""
        ids = [row.ids for row in rows]
        if not ids or not self.share or not can_share(self.backbone, max(map(len, ids))):
            return rows
        lengths = common_lengths(ids, [row.reads[0] for row in rows], problems)
        if saved_share(lengths, ids, problems) < LEAST_SAVED:
            return rows
        once = {problem: one[:length] for problem, one, length in zip(problems, ids, lengths, strict=True)}
        made = self._prefixes(list(once.values()))
        if made is None:
            return rows
        prefixes = dict(zip(once, made, strict=True))
        return [
            Row(row.ids[length:], tuple(read - length for read in row.reads), prefixes[problem])
            for row, length, problem in zip(rows, lengths, problems, strict=True)
        ]

    def _prefixes(self, ids: Sequence[Sequence[int]]) -> list[Prefix] | None:
        """None where the memory is not enough. Empty ones (of a problem's only sample) are not computed."""
        made = [NOTHING] * len(ids)
        some = [at for at, one in enumerate(ids) if one]
        for batch in batches_of([len(ids[at]) for at in some], budget=self.budget):
            chosen = [some[at] for at in batch]
            found = self._tried(partial(prefixes_computed, self.backbone, [ids[at] for at in chosen]))
            if found is None:
                return None
            self._count([len(ids[at]) for at in chosen])
            for at, prefix in zip(chosen, found, strict=True):
                made[at] = prefix
        layers = next(one.layers for one in made if one.length)
        nothing = Prefix(0, [(keys[:, :0], values[:, :0]) for keys, values in layers])
        return [one if one.length else nothing for one in made]

    def _forward(self, rows: Sequence[Row]) -> Iterator[tuple[int, list[float]]]:
        """Each row's index and the scores at its reads; none where even alone it is too much for the memory."""
        lengths = [len(row.ids) for row in rows]
        waiting = deque(batches_of(lengths, budget=self.budget))
        while waiting:
            batch = waiting.popleft()
            scores = self._batch([rows[at] for at in batch])
            if scores is not None:
                yield from zip(batch, scores, strict=True)
            elif len(batch) > 1:
                waiting = deque(self._smaller([batch, *waiting], lengths))
            else:
                logger.warning("A solution of %s tokens is too much for the memory by itself.", lengths[batch[0]])
                yield batch[0], []

    def _smaller(self, waiting: Sequence[list[int]], lengths: Sequence[int]) -> list[list[int]]:
        self.budget = max(lengths[at] for at in waiting[0]) * len(waiting[0]) // 2
        self.work.halvings += 1
        logger.warning("Out of memory: batches of %s tokens from now on.", f"{self.budget:,}")
        return halved(waiting, lengths, budget=self.budget)

    def _batch(self, rows: Sequence[Row]) -> list[list[float]] | None:
        """None where the memory is not enough."""
        flat = self._tried(partial(self._computed, rows))
        if flat is None:
            return None
        self.work.batches += 1
        self._count([len(row.ids) for row in rows])
        at = iter(flat)
        return [[next(at) for _ in row.reads] for row in rows]

    def _count(self, lengths: Sequence[int]) -> None:
        self.work.given += sum(lengths)
        self.work.computed += len(lengths) * max(lengths)

    def _tried(self, work: Callable[[], T]) -> T | None:
        """What the work makes; None where the memory is not enough."""
        try:
            with torch.inference_mode():
                return work()
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if not _is_memory(error):
                raise
        if self.backbone.device.type == "cuda":  # behind the except block, whose error holds on to the batch's tensors
            torch.cuda.empty_cache()
        return None

    def _computed(self, rows: Sequence[Row]) -> list[float]:
        device, lengths = self.backbone.device, [len(row.ids) for row in rows]
        ids = torch.zeros((len(rows), max(lengths)), dtype=torch.long)
        for to, row in zip(ids, rows, strict=True):
            to[: len(row.ids)] = torch.tensor(row.ids)
        at_row = torch.tensor([at for at, row in enumerate(rows) for _ in row.reads], device=device)
        at_token = torch.tensor(list(chain.from_iterable(row.reads for row in rows)), device=device)
        prefixes = [row.prefix for row in rows if row.prefix is not None]
        if any(prefix.length for prefix in prefixes):
            hidden = hidden_behind(self.backbone, ids, lengths, prefixes)
        else:
            mask = self._mask(lengths, ids.shape[1])
            hidden = self.backbone.model(input_ids=ids.to(device), attention_mask=mask).last_hidden_state
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
    width = int(getattr(backbone.model.config, "hidden_size", embeddings.shape[1]))
    return Scorer(card, encoder, backbone, head_load(folder, card, encoder, embeddings, width), budget=budget)


def _is_memory(error: RuntimeError) -> bool:
    """Of a GPU, or of this machine, whose allocator has no class of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
