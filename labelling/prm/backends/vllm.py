"""A PRM behind vLLM's pooling endpoint, on a cluster of GPUs: this side needs none, and no torch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final, Self
from urllib.parse import urlsplit

from labelling.prm.backends.base import AsReady, BadConfig, NotHere, ScoringItem, StepScores, check_keys
from labelling.prm.checkpoints.card import BadCard, Card, card_read
from labelling.prm.checkpoints.encoding import Encoder, reads_of, scores_told, shortened
from labelling.prm.checkpoints.files import CONFIG, BadCheckpoint, config_read, context_told, lengths_told
from labelling.prm.checkpoints.pooling import Pooling, PoolingFault, Server

ANSWERS: Final = ("probabilities", "logits")
_TEXTS: Final = ("url", "model", "path")


@dataclass(frozen=True)
class VllmBackend(AsReady):
    """Configuration: ``{"url": …, "model": …, "path": FOLDER}``: the server, its model's name, card and tokenizer here.

    ``"answers"``: ``logits`` where the server gives figures before the softmax. The rest are the operator's settings.
    """

    name: ClassVar[str] = "vllm"
    folder: ClassVar[Path] = Path("var/models")
    key: ClassVar[str] = ""
    seconds: ClassVar[float] = 120
    requests: ClassVar[int] = 8
    pause: ClassVar[float] = 1.0
    server: Server
    path: Path
    form: str | None = None
    recorded_scorer: str | None = None
    precision: str = "as the server computes"

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        check_keys(config, backend=cls.name, known=[*_TEXTS, "answers"])
        url, model, path = (cls._text(config, key) for key in _TEXTS)
        answers = config.get("answers", ANSWERS[0])
        if answers not in ANSWERS:
            raise BadConfig(
                f"The backend 'vllm' takes as 'answers' {' or '.join(map(repr, ANSWERS))}, not {answers!r}."
            )
        if not _is_address(url):
            raise BadConfig(f"The backend 'vllm' takes as 'url' an address such as http://gpu-1:8000, not {url!r}.")
        server = Server(url, model, answers == "logits", cls.key, cls.seconds, cls.requests, cls.pause)
        made = cls(server, cls.folder / path)
        if made.path.is_dir():  # else it is on the worker's machine, and looked at there
            try:
                made = replace(made, form=card_read(made.path).form)
            except BadCard as error:
                raise BadConfig(str(error)) from error
        return made

    @classmethod
    def _text(cls, config: Mapping[str, object], key: str) -> str:
        value = config.get(key)
        if not isinstance(value, str) or not value:
            raise BadConfig(
                f"The backend 'vllm' needs '{key}' in its configuration: "
                '{"url": "http://HOST:8000", "model": NAME, "path": FOLDER}.'
            )
        return value

    @cached_property
    def _parts(self) -> tuple[Card, Encoder, Pooling, int | None]:
        """The last: tokens that the server takes, as far as it is known here. What is longer it would refuse."""
        if not self.path.is_dir():
            raise NotHere(
                f"{self.path}: is no folder on this machine, where scoring runs: put card and tokenizer there."
            )
        card = card_read(self.path)
        lengths = lengths_told(config_read(self.path)) if (self.path / CONFIG).is_file() else []
        encoder, pooling = Encoder.from_folder(self.path, card), Pooling(self.server, card)
        return card, encoder, pooling, context_told(lengths, card)

    def stream(self, items: Sequence[ScoringItem]) -> Iterator[tuple[int, StepScores | None]]:
        """Raises BadConfig where the server can't be used, or stays away too long."""
        counts = [len(item.steps) for item in items]
        try:
            card, encoder, pooling, limit = self._parts
            encoded = encoder.encode([(item.problem, item.steps) for item in items])
            encoded = [shortened(one, limit, causal=True) for one in encoded]
            reads = [reads_of(card, one, count) for one, count in zip(encoded, counts, strict=True)]
            for at, scores in pooling.probabilities([one.ids for one in encoded], reads):
                yield at, scores_told(card, scores, counts[at])
        except (BadCard, BadCheckpoint, PoolingFault) as error:
            raise BadConfig(str(error)) from error


def _is_address(url: str) -> bool:
    """Of http or https, without login, query or fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isprintable() and not (parts.query or parts.fragment or parts.username or parts.password) and port != 0
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain
