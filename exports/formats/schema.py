"""A row's shape (a ``TypedDict``) as what others need of it: a reader of lines, a Parquet schema, a card's features."""

import types
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from exports.records import BadRecord

if TYPE_CHECKING:  # pyarrow is loaded only where Parquet is written
    import pyarrow as pa

_NAMES: Final = {str: "string", bool: "bool", int: "int64", float: "float64"}


def read_row(line: str | bytes, shapes: Sequence[type]) -> dict[str, Any]:
    """A line that has one of the shapes, with every key and no other. Raises ``BadRecord``."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord("", f"is not JSON: {error}") from None
    faults = [fault for shape in shapes if (fault := misfit(row, shape))]
    if len(faults) == len(shapes):
        raise BadRecord("", "; or: ".join(faults))
    return dict(row)


def misfit(row: Any, shape: type, *, nulls_absent: bool = False) -> str | None:
    """What keeps the row from having the shape, and where; None: it has. ``nulls_absent``: such keys may be missing."""
    try:
        msgspec.convert(row, _strict(shape, nulls_absent))
    except msgspec.ValidationError as error:
        return str(error)
    return None


@cache
def _strict(shape: Any, nulls_absent: bool) -> Any:
    """The same shape as a type that takes no other keys, which a ``TypedDict`` would."""
    inner, is_null = without_null(shape)
    if is_typeddict(inner):
        hints = get_type_hints(inner)
        absent = {name for name, hint in hints.items() if nulls_absent and without_null(hint)[1]}
        fields: list[Any] = [(name, _strict(hint, nulls_absent)) for name, hint in hints.items() if name not in absent]
        fields += [(name, _strict(hints[name], nulls_absent), None) for name in hints if name in absent]
        strict: Any = msgspec.defstruct(inner.__name__, fields, forbid_unknown_fields=True)
    elif get_origin(inner) is list:
        strict = list[_strict(get_args(inner)[0], nulls_absent)]  # type: ignore[misc]
    else:
        strict = inner
    return strict | None if is_null else strict


def without_null(shape: Any) -> tuple[Any, bool]:
    """``str | None`` as ``str`` and True."""
    if get_origin(shape) in (Union, types.UnionType):
        (inner,) = [one for one in get_args(shape) if one is not type(None)]
        return inner, True
    return shape, False


def has_floats(shape: Any) -> bool:
    """Whether a row of this shape may hold a number that is not whole."""
    inner, _ = without_null(shape)
    parts = get_type_hints(inner).values() if is_typeddict(inner) else get_args(inner)
    return inner is float or any(has_floats(part) for part in parts)


def arrow_schema(shape: type) -> "pa.Schema":
    """The columns of a Parquet file of such rows."""
    import pyarrow as pa

    hints = get_type_hints(shape)
    return pa.schema([pa.field(name, _arrow(hint), without_null(hint)[1]) for name, hint in hints.items()])


def _arrow(hint: Any) -> "pa.DataType":
    import pyarrow as pa

    inner, _ = without_null(hint)
    if is_typeddict(inner):
        return pa.struct([pa.field(name, _arrow(part)) for name, part in get_type_hints(inner).items()])
    if get_origin(inner) is list:
        return pa.list_(_arrow(get_args(inner)[0]))
    kinds: dict[Any, pa.DataType] = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    return kinds[inner]


def features(shape: type) -> list[dict[str, Any]]:
    """The columns as a dataset card's ``dataset_info.features`` lists them (Hugging Face's form)."""
    return [{"name": name, **_feature(hint)} for name, hint in get_type_hints(shape).items()]


def _feature(hint: Any) -> dict[str, Any]:
    inner, _ = without_null(hint)
    if is_typeddict(inner):
        return {"struct": features(inner)}
    if get_origin(inner) is list:
        of = _feature(get_args(inner)[0])
        return {"list": of.get("struct") or of.get("dtype") or of}
    return {"dtype": _NAMES[inner]}
