"""The embedded PRM: trained here on labels, scored here on a CPU. See ``labelling.prm.embedded``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from labelling.prm.backends.base import AtOnce, BadConfig, ScoringItem, StepScores, check_keys
from labelling.prm.embedded.model import Model
from labelling.prm.embedded.storage import BadModelFile, ModelFiles, NoModelFile, files_load, model_of

PROCESS: Final = "process"
OUTCOME: Final = "outcome"


@dataclass(frozen=True)
class EmbeddedBackend(AtOnce):
    """Configuration: ``{"digest": …}`` of a trained model, as ``train_prm`` registers it.

    ``"form"``: ``"outcome"`` for a model trained on how solutions end. ``"path"``: the folder that holds the
    model's own; ``folder`` where left out, which the project sets at its start. Where the model isn't in the folder,
    ``fetch`` is asked for its files: so a worker on another machine needs no folder of its own.
    """

    name: ClassVar[str] = "embedded"
    folder: ClassVar[Path] = Path("var/models")
    fetch: ClassVar[Callable[[str], ModelFiles | None]] = staticmethod(lambda _: None)
    model: Model
    form: str = PROCESS
    recorded_scorer: str | None = None
    precision: str = "float64"

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        check_keys(config, backend=cls.name, known=["digest", "form", "path"])
        digest, path = config.get("digest"), config.get("path", str(cls.folder))
        if not isinstance(digest, str) or not isinstance(path, str):
            raise BadConfig(
                "The backend 'embedded' needs a trained model's digest in its configuration, "
                'and takes a folder: {"digest": DIGEST, "path": FOLDER}; manage.py train_prm makes both.'
            )
        form = config.get("form", PROCESS)
        if form not in (PROCESS, OUTCOME):
            raise BadConfig(f"The backend 'embedded' takes as 'form' '{PROCESS}' or '{OUTCOME}', not {form!r}.")
        try:
            return cls(model=model_of(cls.files(Path(path), digest)), form=form)
        except BadModelFile as error:
            raise BadConfig(str(error)) from error

    @classmethod
    def files(cls, path: Path, digest: str) -> ModelFiles:
        """From the folder, else from where ``fetch`` finds them. Raises BadModelFile."""
        try:
            return files_load(path, digest)
        except NoModelFile:
            found = cls.fetch(digest)
            if found is None or found.digest != digest:
                raise
            return found

    def score(self, items: Sequence[ScoringItem]) -> list[StepScores | None]:
        """An outcome model answers for the whole solution, at its last step."""
        scores = self.model.score([(item.problem, item.steps) for item in items])
        if self.form == OUTCOME:
            return [(*(None for _ in one[:-1]), one[-1]) for one in scores]
        return list(scores)

    def spread(self, items: Sequence[ScoringItem]) -> list[tuple[float, ...]]:
        """For each step the standard deviation over the model's bootstrap heads: how little its labels settle it."""
        return self.model.spread([(item.problem, item.steps) for item in items])
