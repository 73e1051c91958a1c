"""Two shapes compared part by part. True, False, or None where a person has to look."""

from collections.abc import Callable, Iterable, Sequence

from labelling.corpus.grading.structure import Shape

Truth = bool | None
Scalars = Callable[[str, str], Truth]
ENDS = 2  # parts of an interval
MOST_PARTS = 40  # an unordered comparison tries pairs

_UNORDERED = {"list", "set", "union"}


def same_shape(reference: Shape, answer: Shape, scalars: Scalars) -> Truth:  # noqa: PLR0911  a table of kinds
    """Compare what the reference says with what the answer says; ``scalars`` compares two texts without structure."""
    if max(len(reference.parts), len(answer.parts)) > MOST_PARTS:
        return None
    kinds = reference.kind, answer.kind
    if "named" in kinds:
        return _named(reference, answer, scalars)
    if "text" in kinds:
        return _texts(reference, answer)
    if "relation" in kinds:
        return scalars(_source(reference), _source(answer)) if kinds == ("relation", "relation") else None
    if kinds == ("scalar", "scalar"):
        return scalars(reference.text, answer.text)
    if kinds[0] == kinds[1] or (reference.marks and _brackets(reference) == _brackets(answer)):
        return _same_kind(reference, answer, scalars)
    return _other_kind(reference, answer, scalars)


def _same_kind(reference: Shape, answer: Shape, scalars: Scalars) -> Truth:
    if reference.kind in _UNORDERED:
        return _unordered(reference, answer, scalars)
    if reference.marks != answer.marks:
        # [1, 2] may be a list in somebody's hand; (1, 2] is nothing but an interval.
        return False if _only_intervals(reference, answer) or reference.kind in {"matrix", "named"} else None
    return _ordered(reference.parts, answer.parts, scalars)


def _other_kind(reference: Shape, answer: Shape, scalars: Scalars) -> Truth:  # noqa: PLR0911  a table of kinds
    kinds = {reference.kind, answer.kind}
    if kinds == {"list", "set"}:
        return _unordered(reference, answer, scalars)
    if kinds in ({"scalar", "set"}, {"scalar", "list"}):
        one, many = (answer, reference) if answer.kind == "scalar" else (reference, answer)
        if len(many.parts) == 1:
            pair = (many.parts[0], one) if many is reference else (one, many.parts[0])
            return same_shape(*pair, scalars)
        if not many.parts or all(same_shape(part, one, scalars) for part in many.parts):
            return None  # a double root, said once and twice
        return False
    if kinds == {"tuple", "interval"} and _only_intervals(reference, answer):
        return False
    if "scalar" in kinds or "matrix" in kinds or "union" in kinds:
        return None
    if kinds == {"tuple", "list"} and len(reference.parts) != len(answer.parts):
        return False
    return None


def _brackets(shape: Shape) -> str:
    return shape.marks if shape.kind in {"interval", "tuple"} else shape.kind


def _only_intervals(*shapes: Shape) -> bool:
    return all(shape.kind in {"interval", "tuple"} and len(shape.parts) == ENDS for shape in shapes)


def _named(reference: Shape, answer: Shape, scalars: Scalars) -> Truth:  # noqa: PLR0911  a table of kinds
    if reference.kind == answer.kind:
        if reference.marks == answer.marks:
            return _ordered(reference.parts, answer.parts, scalars)
        if reference.text and answer.text:  # y = 2x + 3 and 2x - y + 3 = 0
            return scalars(reference.text, answer.text)
        return None
    named, other = (reference, answer) if reference.kind == "named" else (answer, reference)
    if other.kind == "relation":
        return scalars(_source(reference), _source(answer)) if named.text else None
    if len(named.parts) == 1:
        if named is reference:
            return same_shape(named.parts[0], other, scalars)
        return same_shape(other, named.parts[0], scalars)
    if other.kind == "tuple" and _ordered(named.parts, other.parts, scalars):
        return True
    return None


def _source(shape: Shape) -> str:
    return shape.text or f" {shape.marks} ".join(part.text for part in shape.parts)


def _texts(reference: Shape, answer: Shape) -> Truth:
    if {reference.kind, answer.kind} != {"text"}:  # a choice may be given without its brackets: C for (C)
        return True if reference.text.lower() == answer.text.lower() else None
    one, other = reference.text.split(), answer.text.split()
    if one == other:
        return True
    return None if set(one) & set(other) else False


def _ordered(reference: Sequence[Shape], answer: Sequence[Shape], scalars: Scalars) -> Truth:
    if len(reference) != len(answer):
        return False
    return _all(same_shape(one, other, scalars) for one, other in zip(reference, answer, strict=True))


def _all(truths: Iterable[Truth]) -> Truth:
    unsure = False
    for truth in truths:
        if truth is False:
            return False
        unsure = unsure or truth is None
    return None if unsure else True


def _unordered(reference: Shape, answer: Shape, scalars: Scalars) -> Truth:
    """Each part of one side is to have its partner on the other; in lists, one that is said more often is doubtful."""
    truth, same_often = _partners(reference.parts, answer.parts, scalars)
    return None if truth and not same_often and {reference.kind, answer.kind} == {"list"} else truth


def _partners(reference: Sequence[Shape], answer: Sequence[Shape], scalars: Scalars) -> tuple[Truth, bool]:
    """Whether each part has a partner, and whether each is said as often on either side."""
    table = [[same_shape(one, other, scalars) for other in answer] for one in reference]
    rows = [_any(row) for row in table]
    columns = [_any([row[at] for row in table]) for at in range(len(answer))]
    often = [sum(truth is True for truth in row) for row in table]
    beside = [sum(row[at] is True for row in table) for at in range(len(answer))]
    same_often = all(
        often[at] == beside[to] for at, row in enumerate(table) for to, truth in enumerate(row) if truth is True
    )
    return _all([*rows, *columns]), same_often


def _any(truths: Sequence[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False
