"""A checkpoint's files: safetensors and JSON only, never a pickle; and the digest that pins them to a model version."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from labelling.prm.checkpoints.card import CARD, Card, regular

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
_TEXTS: Final = (CARD, CONFIG, "tokenizer.json", "tokenizer_config.json")
_KERNELS: Final = "_implementation"  # of attention, of experts: a name of Transformers' own, or a repository's
_LENGTHS: Final = ("max_position_embeddings", "n_positions")
_LONGEST_HEADER: Final = 100_000_000  # bytes; safetensors' own bound
_LENGTH_BYTES: Final = 8


class BadCheckpoint(ValueError):
    """The folder holds no checkpoint that can be scored with; the message names the file and the mend."""


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files, in order. Raises BadCheckpoint."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    index = folder / INDEX
    if not index.is_file():
        raise BadCheckpoint(
            f"{folder}: has neither {WEIGHTS} nor {INDEX}. Only safetensors are read, as other weight files can run "
            "code when they are opened: save the model again with save_pretrained, or convert it."
        )
    names = sorted({str(name) for name in _object(index, "weight_map").values()})
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise BadCheckpoint(f"{index}: weight_map: names {name!r}, which is no safetensors file beside it")
        if not (folder / name).is_file():
            raise BadCheckpoint(f"{folder / name}: is missing, though {INDEX} names it")
    return [folder / name for name in names]


def tensor_places(folder: Path) -> dict[str, Path]:
    """The file of each tensor by its name. Raises BadCheckpoint."""
    return {name: path for path in weight_files(folder) for name in _header(path) if name != "__metadata__"}


def checkpoint_digest(folder: Path) -> str:
    """A SHA-256 over everything that scores hang on: card, configuration, tokenizer, weights. Reads all of it."""
    whole = sha256()
    for path in _parts(folder):
        with path.open("rb") as file:
            whole.update(f"{path.name} {file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def checkpoint_stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the same files: cheap, and other once one of them was written."""
    stats = [(path, path.stat()) for path in _parts(folder)]
    return tuple((path.name, stat.st_size, stat.st_mtime_ns) for path, stat in stats)


def config_read(folder: Path) -> dict[str, Any]:
    """``config.json``. Raises BadCheckpoint, also where it names kernels by somebody else, which would be code."""
    config = _object(folder / CONFIG)
    for part in (config, *(one for one in config.values() if isinstance(one, dict))):
        for key, value in part.items():
            if key.endswith(_KERNELS) and "/" in str(value):
                raise BadCheckpoint(f"{folder / CONFIG}: {key}: {value!r} is code from elsewhere: take that entry out")
    return config


def lengths_told(config: Mapping[str, Any]) -> list[int]:
    """How many tokens a configuration says that its model takes, if it does."""
    return [one for one in (config.get(key) for key in _LENGTHS) if isinstance(one, int)]


def context_told(lengths: Sequence[int], card: Card) -> int | None:
    """The least of a configuration's lengths and what the card allows; None where neither tells."""
    return min([*lengths, *([] if card.max_tokens is None else [card.max_tokens])], default=None)


def _parts(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _TEXTS if (folder / name).is_file())
    yield from weight_files(folder)


def _object(path: Path, key: str | None = None) -> dict[str, Any]:
    try:
        data = json.loads(regular(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadCheckpoint(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: is not JSON: {error}") from error
    if key is not None:
        data = data.get(key) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise BadCheckpoint(f"{path}: {key + ': ' if key else ''}must be an object")
    return data


def _header(path: Path) -> dict[str, Any]:
    """A safetensors file's own table of tensors."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(_LENGTH_BYTES))
            header = json.loads(file.read(length)) if length <= _LONGEST_HEADER else None
    except OSError as error:
        raise BadCheckpoint(f"{path}: {error.strerror}") from error
    except (struct.error, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: is no safetensors file: {error}") from error
    if not isinstance(header, dict):
        raise BadCheckpoint(f"{path}: is no safetensors file: its header is no object of bounded length")
    return header
