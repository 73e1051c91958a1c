"""PRM backends. To add one: a file here, a line in BACKENDS, a heading in docs/backends.md; one test tries them all."""

from collections.abc import Mapping

from labelling.prm.backends.base import Backend, BadConfig, NotHere, ScoringItem, StepScores
from labelling.prm.backends.constant import ConstantBackend
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.backends.recorded import RecordedBackend
from labelling.prm.backends.transformers import TransformersBackend
from labelling.prm.backends.vllm import VllmBackend

BACKENDS: dict[str, type[Backend]] = {
    ConstantBackend.name: ConstantBackend,
    EmbeddedBackend.name: EmbeddedBackend,
    RecordedBackend.name: RecordedBackend,
    TransformersBackend.name: TransformersBackend,
    VllmBackend.name: VllmBackend,
}


def backend_make(name: str, config: Mapping[str, object]) -> Backend:
    """The named backend, ready to score. Raises BadConfig, with the known names where ``name`` is none of them."""
    if name not in BACKENDS:
        raise BadConfig(f"There is no backend '{name}'; there are: {', '.join(sorted(BACKENDS))}.")
    try:
        return BACKENDS[name].from_config(config)
    except OSError as error:  # a path that no file system takes, or that may not be looked at
        raise BadConfig(f"The backend '{name}': {error}") from error


__all__ = ["BACKENDS", "Backend", "BadConfig", "NotHere", "ScoringItem", "StepScores", "backend_make"]
