"""vLLM's pooling endpoint: token ids out, probabilities at the marks back. Retries, back-pressure, limits of time."""

import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, Final

from labelling.corpus.generator.transport import GeneratorFault, post_json
from labelling.prm.checkpoints.batching import batches_of
from labelling.prm.checkpoints.card import Card
from labelling.prm.checkpoints.gate import Gate

TRIES: Final = 7
LONGEST_PAUSE: Final = 30.0  # seconds; the server may ask for more
LONGEST_WAIT: Final = 600.0  # seconds that it may ask for: a worker is not held for hours
TOKENS: Final = 8_192  # of one request: the server batches by itself, and its answer stays small
REFUSAL: Final = "answered 400"
LARGEST: Final = sys.float_info.max
_PAIR: Final = 2
_ROUNDING: Final = 1e-2  # half precision, in whatever the server computes


class PoolingFault(ValueError):
    """The server can't be used; the message names it, what it did, and the mend where one is known."""


@dataclass(frozen=True)
class Server:
    """Where vLLM listens (``url`` without ``/pooling``). ``logits``: it answers with figures before the softmax."""

    url: str
    model: str
    logits: bool = False
    key: str = field(default="", repr=False)
    seconds: float = 120
    requests: int = 8
    pause: float = 1.0


class Pooling:
    """A server that is asked for many solutions, ``requests`` requests at a time."""

    def __init__(self, server: Server, card: Card) -> None:
        self.server, self.card = server, card
        self.gate = Gate(server.requests)

    def probabilities(
        self, ids: Sequence[list[int]], reads: Sequence[tuple[int, ...]]
    ) -> Iterator[tuple[int, list[float]]]:
        """Each solution's index and P(right) at its reads, as the answers come; none where it has no read.

        Raises PoolingFault.
        """
        yield from ((at, []) for at, places in enumerate(reads) if not places)
        asked = [at for at, places in enumerate(reads) if places]
        plan = batches_of([len(ids[at]) for at in asked], budget=TOKENS, waste=1)
        batches = [[asked[at] for at in batch] for batch in plan]
        with ThreadPoolExecutor(self.server.requests) as pool:
            answers = {pool.submit(self._asked, [ids[at] for at in batch]): batch for batch in batches}
            try:
                for answer in as_completed(answers):
                    for at, rows in zip(answers[answer], answer.result(), strict=True):
                        yield at, self._read(rows, ids[at], reads[at])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _asked(self, ids: list[list[int]]) -> list[Any]:
        """The rows of each solution. What may pass is tried again, further and further apart."""
        body = {"model": self.server.model, "task": "token_classify", "input": ids}
        for attempt in range(TRIES):
            try:
                with self.gate.inside():
                    answer = post_json(
                        f"{self.server.url.rstrip('/')}/pooling", body, key=self.server.key, seconds=self.server.seconds
                    )
            except GeneratorFault as fault:
                if not fault.retryable or attempt == TRIES - 1:
                    raise self._fault(f"{fault}{_quoted(fault.words)}{_hint(str(fault))}", attempt) from None
                if fault.wait > LONGEST_WAIT:
                    raise self._fault(f"{fault} and asks for {fault.wait:,.0f} s of patience: queue it later") from None
                self.gate.crowded(max(fault.wait, min(self.server.pause * 2**attempt, LONGEST_PAUSE)))
            else:
                self.gate.eased()
                return self._rows(answer, len(ids))
        raise AssertionError  # the last try returns or raises

    def _fault(self, what: str, attempt: int = 0) -> PoolingFault:
        tries = f", the last of {attempt + 1} tries" if attempt else ""
        return PoolingFault(f"The vLLM server at {self.server.url} {what}{tries}.")

    def _rows(self, answer: Any, count: int) -> list[Any]:
        entries = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(entries, list) or len(entries) != count or not all(isinstance(one, dict) for one in entries):
            raise self._fault(f"answered what is no pooling of {count} inputs: is it run with --runner pooling?")
        places = [one.get("index") for one in entries]
        if sorted(one for one in places if isinstance(one, int)) != list(range(count)):
            raise self._fault(f"answered with the indices {places[:10]!r}, which tell no order of {count} inputs")
        return [entries[places.index(at)].get("data") for at in range(count)]

    def _read(self, rows: Any, ids: Sequence[int], reads: tuple[int, ...]) -> list[float]:
        """Of a row for each token, or, with step pooling, for each token of the mark's kind."""
        if not isinstance(rows, list):
            raise self._fault("answered without rows")
        if len(rows) == len(ids):
            return [self._probability(rows[at]) for at in reads]
        marks = [at for at, token in enumerate(ids) if token == ids[reads[0]]]
        if len(rows) != len(marks):
            raise self._fault(
                f"answered {len(rows)} rows for {len(ids)} tokens with {len(marks)} marks: it must pool ALL, "
                f"or STEP with step_tag_id {ids[reads[0]]}"
            )
        place = {at: row for row, at in enumerate(marks)}
        return [self._probability(rows[place[at]]) for at in reads]

    def _probability(self, row: Any) -> float:
        values = row if isinstance(row, list) else [row]
        if not all(isinstance(one, int | float) and -LARGEST <= one <= LARGEST for one in values):  # nor NaN
            raise self._fault("answered what is no figure")
        good = int(self.card.good) if self.card.head == "labels" else 0
        if len(values) == 1:
            return _logistic(values[0]) if self.server.logits else self._share(values[0])
        if len(values) != _PAIR or good >= _PAIR:
            raise self._fault(
                f"answered {len(values)} figures a mark, not 2: set returned_token_ids to the good and bad tokens"
            )
        if self.server.logits:
            return _logistic(values[good] - values[1 - good])
        if abs(sum(values) - 1) > _ROUNDING:
            raise self._fault(
                f'answered {values}, which are no probabilities: "answers": "logits" in the configuration?'
            )
        return self._share(values[good])

    def _share(self, value: float) -> float:
        if not -_ROUNDING <= value <= 1 + _ROUNDING:
            raise self._fault(f'answered {value}, which is no probability: "answers": "logits" in the configuration?')
        return min(1.0, max(0.0, float(value)))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else 1 - 1 / (1 + math.exp(value))


def _hint(fault: str) -> str:
    return '; "max_tokens" in the model card cuts what is too long for the server' if fault == REFUSAL else ""


def _quoted(words: str) -> str:
    told = "".join(char if char.isprintable() else " " for char in words).strip()
    return f" ({told})" if told else ""
