"""Models as files: ``model.json`` and ``weights.npz`` in a folder named by their digest. Never a pickle.

A file is believed only after its digest, its sizes and every array in it were checked: scoring then cannot run away.
"""

import io
import json
import math
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from labelling.prm.embedded.features import FEATURE_NAMES, FEATURE_VERSION
from labelling.prm.embedded.grams import BUCKETS
from labelling.prm.embedded.model import Linear, Model
from labelling.prm.embedded.trees import Trees

FORMAT: Final = "stepmark-embedded-prm"
FORMAT_VERSION: Final = 2
SIZE_LIMIT: Final = 64 * 2**20  # bytes of a file, and of its arrays unpacked
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_DEPTH: Final = 64
_META, _WEIGHTS = "model.json", "weights.npz"
_LINEAR: Final = {"mean": "f8", "scale": "f8", "weights": "f8", "grams": "f4", "heads": "f8"}
_ROLES: Final = {"weights": "f8", "grams": "f4"}
_TREES: Final = {"feature": "i4", "threshold": "f8", "left": "i4", "right": "i4", "value": "f8"}


class BadModelFile(ValueError):
    """The files are missing, not those that were asked for, or no model; the message says which and why."""


class NoModelFile(BadModelFile):
    """There is no such file, or it can't be read."""


@dataclass(frozen=True)
class ModelFiles:
    """What a model is kept as, byte for byte: its digest is over these."""

    meta: bytes
    weights: bytes

    @property
    def digest(self) -> str:
        return sha256("".join(sha256(one).hexdigest() for one in (self.meta, self.weights)).encode()).hexdigest()


def model_save(model: Model, folder: Path) -> str:
    """Write a model below ``folder`` and return its digest; whole or not at all, and the same model once."""
    files = ModelFiles(_meta(model), _weights(model))
    digest = files.digest
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as side:
        new = Path(side) / "model"
        new.mkdir()
        (new / _META).write_bytes(files.meta)
        (new / _WEIGHTS).write_bytes(files.weights)
        try:
            os.rename(new, folder / digest)
        except OSError:
            model_load(folder, digest)  # there already: the same content, or an error that tells
    return digest


def model_load(folder: Path, digest: str) -> Model:
    """Return the model of that digest. Raises BadModelFile for anything but the very files that were saved."""
    return model_of(files_load(folder, digest))


def model_of(files: ModelFiles) -> Model:
    """The model that these files are. Raises BadModelFile where they are none."""
    return _model(_parsed(files.meta), _arrays(files.weights))


def files_load(folder: Path, digest: str) -> ModelFiles:
    """The very files saved under that digest. Raises NoModelFile where they aren't there, else BadModelFile."""
    if not _DIGEST.match(digest):
        raise BadModelFile(f"A model's digest is 64 hexadecimal digits, not {digest[:80]!r}.")
    files = ModelFiles(_content(folder / digest / _META), _content(folder / digest / _WEIGHTS))
    if files.digest != digest:
        raise BadModelFile(f"{folder / digest}: the files were changed since the model was trained (digest differs).")
    return files


def _meta(model: Model) -> bytes:
    trees = model.trees
    meta = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "feature_version": FEATURE_VERSION,
        "features": list(FEATURE_NAMES),
        "bias": model.linear.bias,
        "roles": None if model.roles is None else {"bias": model.roles.bias},
        "stack": list(model.stack),
        "limit": model.limit,
        "trees": None if trees is None else {"base": trees.base, "depth": trees.depth},
        "facts": model.facts,
    }
    return json.dumps(meta, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _weights(model: Model) -> bytes:
    linear, trees = model.linear, model.trees
    arrays: dict[str, NDArray[Any]] = {name: getattr(linear, name) for name in _LINEAR if name != "heads"}
    arrays["heads"] = model.heads
    if model.roles is not None:
        arrays |= {f"roles_{name}": getattr(model.roles, name) for name in _ROLES}
    if trees is not None:
        arrays |= {f"tree_{name}": getattr(trees, name) for name in _TREES}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            unpacked = io.BytesIO()
            np.lib.format.write_array(unpacked, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")  # without the time of day: the same model, the same bytes
            archive.writestr(entry, unpacked.getvalue(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise NoModelFile(f"{path}: {error.strerror}; train the model again, or copy its folder here.") from error
    if len(content) > SIZE_LIMIT:
        raise BadModelFile(f"{path}: larger than {SIZE_LIMIT:,} bytes.")
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        meta = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadModelFile(f"{_META} is not JSON: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise BadModelFile(f"{_META} is no model of this kind: its format is not '{FORMAT}'.")
    for key, here in (("format_version", FORMAT_VERSION), ("feature_version", FEATURE_VERSION)):
        if meta.get(key) != here:
            raise BadModelFile(
                f"{_META} has the {key} {meta.get(key)!r}, and here it is {here}: train the model again."
            )
    if meta.get("features") != list(FEATURE_NAMES):
        raise BadModelFile(f"{_META} names other features than are known here: train the model again.")
    return meta


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > SIZE_LIMIT:
                raise BadModelFile(f"{_WEIGHTS} unpacks to more than {SIZE_LIMIT:,} bytes.")
            return {
                entry.filename.removesuffix(".npy"): np.lib.format.read_array(
                    io.BytesIO(archive.read(entry)), allow_pickle=False
                )
                for entry in entries
            }
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError, MemoryError) as error:
        if isinstance(error, BadModelFile):
            raise
        raise BadModelFile(f"{_WEIGHTS} is no archive of plain arrays: {error}") from error


def _model(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Model:
    width = len(FEATURE_NAMES)
    for name, kind in _LINEAR.items():
        _check_array(arrays, name, kind)
    for name in ("mean", "scale", "weights"):
        _check(arrays[name].shape == (width,), f"'{name}' needs {width} figures")
    _check(bool((arrays["scale"] > 0).all()), "'scale' needs figures above 0")
    _check(arrays["grams"].shape in ((0,), (BUCKETS,)), f"'grams' needs no figures, or {BUCKETS}")
    _check(arrays["heads"].shape[1:] == (width + 1,), f"'heads' needs {width + 1} figures each")
    limit, facts = meta.get("limit"), meta.get("facts")
    _check(type(limit) is int and limit > 0, "'limit' needs a whole number above 0")
    _check(isinstance(facts, dict), "'facts' needs an object")
    dense = {name: arrays[name] for name in ("mean", "scale", "weights")}
    linear = Linear(**dense, bias=_finite(meta.get("bias"), "bias"), grams=arrays["grams"])
    roles, trees = _roles(meta.get("roles"), linear, arrays), _trees(meta.get("trees"), arrays)
    stack = _stack(meta.get("stack"), parts=sum(part is not None for part in (linear, roles, trees)))
    return Model(linear, roles, trees, arrays["heads"], stack, limit, facts)  # type: ignore[arg-type]  # checked


def _stack(meta: Any, *, parts: int) -> tuple[float, ...]:
    _check(isinstance(meta, list) and len(meta) == parts + 1, f"'stack' needs {parts + 1} numbers")
    return tuple(_finite(value, "stack") for value in meta)


def _roles(meta: Any, linear: Linear, arrays: dict[str, NDArray[Any]]) -> Linear | None:
    if meta is None:
        return None
    _check(isinstance(meta, dict), "'roles' needs an object or null")
    found = {name: _check_array(arrays, f"roles_{name}", kind) for name, kind in _ROLES.items()}
    _check(found["weights"].shape == linear.weights.shape, f"'roles_weights' needs {len(linear.weights)} figures")
    _check(found["grams"].shape == (BUCKETS,), f"'roles_grams' needs {BUCKETS} figures")
    return replace(linear, **found, bias=_finite(meta.get("bias"), "roles' bias"))


def _trees(meta: Any, arrays: dict[str, NDArray[Any]]) -> Trees | None:
    if meta is None:
        return None
    _check(isinstance(meta, dict), "'trees' needs an object or null")
    found = {name: _check_array(arrays, f"tree_{name}", kind) for name, kind in _TREES.items()}
    shape = found["value"].shape
    _check(len(shape) == len(("trees", "nodes")) and min(shape) > 0, "the trees need at least one node")
    _check(all(array.shape == shape for array in found.values()), "the trees' arrays have unlike shapes")
    width = {"feature": len(FEATURE_NAMES), "left": shape[1], "right": shape[1]}
    for name, below in width.items():
        _check(bool(((found[name] >= 0) & (found[name] < below)).all()), f"'tree_{name}' points outside")
    depth = meta.get("depth")
    _check(type(depth) is int and 0 <= depth <= _DEPTH, f"the trees' depth needs a whole number up to {_DEPTH}")
    return Trees(**found, base=_finite(meta.get("base"), "base"), depth=depth)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise BadModelFile(f"The model can't be used: {message}.")


def _check_array(arrays: dict[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    _check(name in arrays, f"'{name}' is missing")
    array = arrays[name]
    _check(array.dtype == np.dtype(kind), f"'{name}' has the type {array.dtype}")
    _check(bool(np.isfinite(array).all()), f"'{name}' holds what is no finite number")
    return array


def _finite(value: Any, name: str) -> float:
    _check(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
        f"'{name}' needs a number",
    )
    return float(value)
