"""Readers of labelled files, by name. To add one: a module here, a line in ``READERS``, its heading in the docs."""

from collections.abc import Mapping
from typing import Any, Final

from labelling.pipeline.readers import label_studio, potato, prm800k, processbench, trl
from labelling.pipeline.readers.base import Judgement, ReadContext, Reader

__all__ = ["READERS", "Judgement", "ReadContext", "Reader", "reader_of"]

READERS: Final[dict[str, Reader]] = {
    "prm800k": prm800k.READER,
    "processbench": processbench.READER,
    "trl": trl.READER,
    "label-studio": label_studio.READER,
    "potato": potato.READER,
}


def reader_of(obj: Mapping[str, Any]) -> str | None:
    """The format that a line is in, by its keys."""
    return next((name for name, reader in READERS.items() if reader.detect(obj)), None)
