"""A transformer PRM or ORM of a known family, from a checkpoint folder with a model card. See ``prm.checkpoints``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from labelling.prm.backends.base import AsReady, BadConfig, NotHere, ScoringItem, StepScores, check_keys
from labelling.prm.checkpoints.card import BadCard, card_read
from labelling.prm.checkpoints.files import BadCheckpoint, checkpoint_digest, checkpoint_stamp, weight_files

if TYPE_CHECKING:
    from labelling.prm.checkpoints.scorer import Scorer

BUDGET = 16_384  # tokens a batch; half after each time that memory runs out


@dataclass(frozen=True)
class TransformersBackend(AsReady):
    """Configuration: ``{"path": FOLDER}``, below ``folder`` where it is relative; ``"digest"`` pins its files.

    The folder may lie on the worker's machine alone: it is looked at here where it is here, else when scoring starts.
    ``remote_code``, ``budget``: the operator's settings, set by the project at its start.
    """

    name: ClassVar[str] = "transformers"
    folder: ClassVar[Path] = Path("var/models")
    remote_code: ClassVar[bool] = False
    budget: ClassVar[int] = BUDGET
    path: Path
    digest: str | None = None
    form: str | None = None
    recorded_scorer: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        check_keys(config, backend=cls.name, known=["path", "digest"])
        path, digest = config.get("path"), config.get("digest")
        if not isinstance(path, str) or not path:
            raise BadConfig("The backend 'transformers' needs its checkpoint's folder: {\"path\": FOLDER}.")
        if digest is not None and not isinstance(digest, str):
            raise BadConfig("The backend 'transformers' takes as 'digest' a text: the checkpoint's SHA-256.")
        made = cls(path=cls.folder / path, digest=digest)
        if made.path.is_dir():
            try:
                made = replace(made, form=card_read(made.path).form)
                weight_files(made.path)
            except (BadCard, BadCheckpoint) as error:
                raise BadConfig(str(error)) from error
        return made

    @property
    def precision(self) -> str:
        """As loaded; before, as the card says."""
        kept = [scorer for key, scorer in _KEPT.items() if key[0] == self.path]
        return kept[0].precision if kept else "as its card says"

    def stream(self, items: Sequence[ScoringItem]) -> Iterator[tuple[int, StepScores | None]]:
        """Raises BadConfig where the checkpoint can't be used, NotHere where it, or torch, is not on this machine."""
        if not items:
            return
        try:
            yield from self._scorer().stream([(item.problem, item.steps) for item in items])
        except (BadCard, BadCheckpoint) as error:
            raise BadConfig(str(error)) from error

    def _scorer(self) -> "Scorer":
        if not self.path.is_dir():
            raise NotHere(f"{self.path}: is no folder on this machine, where scoring runs: put the checkpoint there.")
        key = (self.path, checkpoint_stamp(self.path), self.digest, self.remote_code, self.budget)
        if key not in _KEPT:
            _KEPT.clear()  # before the next one is loaded: a GPU has no room for two
            _KEPT[key] = self._load()
        return _KEPT[key]

    def _load(self) -> "Scorer":
        if self.digest is not None and checkpoint_digest(self.path) != self.digest:
            raise BadCheckpoint(
                f"{self.path}: the files are not those that were registered (digest differs): register them anew."
            )
        try:
            from labelling.prm.checkpoints.scorer import scorer_load  # torch takes seconds, and may not be here
        except ImportError as error:
            raise NotHere(
                f"The backend 'transformers' needs torch and transformers on the worker's machine ({error}): "
                "pip install -r requirements-ml.txt."
            ) from error
        return scorer_load(self.path, budget=self.budget, remote_code=self.remote_code)


_KEPT: dict[tuple[object, ...], "Scorer"] = {}  # the last one used: loading billions of weights takes a minute
