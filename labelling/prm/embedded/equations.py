"""Equations found in a step, and whether they hold: by themselves, or with what earlier steps have established."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from labelling.prm.embedded.expressions import Node, Value, is_number, names, parse, value_of
from labelling.prm.embedded.tokens import RELATIONS, Token

RUN_LIMIT: Final = 40  # equations of a step that are checked
_UNIT_WORDS: Final = 3  # between a number and an operator, as in `12 eggs / 4 people`
_POINTS: Final = ((3, 7), (5, 11))  # where identities are tried, with a shift a name
_ROOTS_KEPT: Final = 4
_EXACT: Final = 1e-9
_ROUNDED: Final = 0.5001


@dataclass(frozen=True, slots=True)
class Relation:
    """``left sign right``; ``decimals``: digits after the point of a right side that is a plain number, else None."""

    left: Node
    sign: str
    right: Node
    decimals: int | None


@dataclass(slots=True)
class Known:
    """What earlier text has established: for each variable the roots of the equations it alone stood in."""

    roots: dict[str, list[frozenset[Value]]] = field(default_factory=dict)
    seen: set[tuple[Value, ...]] = field(default_factory=set)

    def values(self) -> dict[str, Value]:
        return {name: next(iter(sets[-1])) for name, sets in self.roots.items() if len(sets[-1]) == 1}

    def copy(self) -> "Known":
        return Known({name: list(sets) for name, sets in self.roots.items()}, set(self.seen))


@dataclass(slots=True)
class Findings:
    """Counts over a step's relations. ``true``/``false``: of numbers alone. ``identities``: true for any value.

    ``agree``/``differ``: the same, or other, roots than earlier equations gave the variable. ``fits``/``breaks``:
    hold, or do not, with the values found earlier. ``restated``: an earlier equation again, perhaps times a number.
    ``fresh``: first word on a variable. ``open``: can't be told. ``results``: the right sides that are numbers.
    ``lefts``: the left sides.
    """

    true: int = 0
    false: int = 0
    trivial: int = 0
    identities: int = 0
    agree: int = 0
    differ: int = 0
    fits: int = 0
    breaks: int = 0
    restated: int = 0
    fresh: int = 0
    open: int = 0
    results: list[Value] = field(default_factory=list)
    worked: list[Value] = field(default_factory=list)
    lefts: list[Node] = field(default_factory=list)


def relations(tokens: Sequence[Token]) -> Iterator[Relation]:
    """Yield the relations in a text: ``a = b = c`` gives two."""
    if RELATIONS.isdisjoint([token.text for token in tokens]):
        return
    for run in _runs(tokens):
        parts, signs = _split(run)
        if not signs:
            continue
        trees = [parse(part) for part in parts]
        for at, sign in enumerate(signs):
            left, right = trees[at], trees[at + 1]
            if left is not None and right is not None:
                yield Relation(left, sign, right, _decimals(right, parts[at + 1]))


def _decimals(right: Node, tokens: Sequence[Token]) -> int | None:
    if not is_number(right):
        return None
    number = next(token.text for token in tokens if token.kind == "num")
    return len(number.partition(".")[2])


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield stretches of mathematics; words that stand for units, between an operand and an operator, are left out."""
    run: list[Token] = []
    at, end = 0, len(tokens)
    while at < end:
        token = tokens[at]
        if token.kind in ("num", "name", "func", "op"):
            run.append(token)
            at += 1
            continue
        skip = _units(tokens, at) if token.kind == "word" and run and run[-1].kind == "num" else 0
        if token.text == "of" and run and (run[-1].text in "%)" or _is_fraction(run)):
            run.append(Token("op", "*"))
            skip = 1
        elif not skip:
            yield run
            run = []
            skip = 1
        at += skip
    yield run


def _is_fraction(run: Sequence[Token]) -> bool:
    return len(run) > 2 and run[-2].text == "/"  # noqa: PLR2004  a number each side


def _units(tokens: Sequence[Token], at: int) -> int:
    """How many words to skip so that an operator follows; 0 where none does."""
    for ahead in range(1, _UNIT_WORDS + 1):
        if at + ahead >= len(tokens):
            return 0
        token = tokens[at + ahead]
        if token.kind == "op" and token.text in "=≈*/+-":
            return ahead
        if token.kind != "word":
            return 0
    return 0


def _split(run: Sequence[Token]) -> tuple[list[list[Token]], list[str]]:
    parts: list[list[Token]] = [[]]
    signs: list[str] = []
    for token in run:
        if token.kind == "op" and token.text in RELATIONS:
            signs.append(token.text)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, signs


def check(tokens: Sequence[Token], known: Known) -> Findings:
    """Judge the relations of a step against ``known``, which learns from them."""
    findings = Findings()
    values = known.values()
    for count, relation in enumerate(relations(tokens)):
        if count >= RUN_LIMIT:
            break
        _check_one(relation, known, values, findings)
    return findings


def _check_one(relation: Relation, known: Known, values: Mapping[str, Value], findings: Findings) -> None:
    findings.lefts.append(relation.left)
    right_value = value_of(relation.right)
    if right_value is not None:
        findings.results.append(right_value)
    free = names(relation.left) | names(relation.right)
    if not free:
        _check_numbers(relation, right_value, findings)
    elif relation.sign != "=" or not _check_names(relation, free, known, values, findings):
        findings.open += 1


def _check_numbers(relation: Relation, right: Value | None, findings: Findings) -> None:
    left = value_of(relation.left)
    if left is None or right is None:
        findings.open += 1
    elif is_number(relation.left) and is_number(relation.right) and relation.sign == "=":
        findings.trivial += 1 if left == right else 0
        findings.false += 0 if _holds(left, right, relation) else 1
    elif _holds(left, right, relation):
        findings.true += 1
        findings.worked.append(right)
    else:
        findings.false += 1


def _holds(left: Value, right: Value, relation: Relation) -> bool:
    if relation.sign in "<>≤≥":
        less = left < right if relation.sign in "<≤" else left > right
        return less or (relation.sign in "≤≥" and left == right)
    if left == right or _close(left, right, _EXACT):
        return True
    if _per_cent(relation.right) and _close(left, right * 100, _EXACT):
        return True
    if relation.sign == "≈":
        return _close(left, right, 0.02)
    if relation.decimals:
        over = (float(left) - float(right)) * 10.0**relation.decimals
        return -_ROUNDED <= over < 1  # rounded, or cut off
    return False


def _per_cent(node: Node) -> bool:
    return bool(node[0] == "%")


def _close(left: Value, right: Value, share: float) -> bool:
    if isinstance(left, Fraction) and isinstance(right, Fraction) and share <= _EXACT:
        return left == right
    try:
        one, other = float(left), float(right)
    except OverflowError:
        return False
    return abs(one - other) <= share * max(1.0, abs(one), abs(other))


def _check_names(
    relation: Relation, free: frozenset[str], known: Known, values: Mapping[str, Value], findings: Findings
) -> bool:
    """Judge an equation with variables; False where nothing can be said of it."""
    marks = _signature(relation, free)
    if marks is not None:
        if not any(marks):
            findings.identities += 1
            return True
        first = next(value for value in marks if value)
        scaled = tuple(_quotient(value, first) for value in marks)
        findings.restated += scaled in known.seen
        known.seen.add(scaled)
    unknown = free - values.keys()
    if len(free) == 1:
        return _check_roots(relation, next(iter(free)), known, findings)
    if not unknown:
        holds = _with(relation, values) == 0
        findings.fits += holds
        findings.breaks += not holds
        return True
    if len(unknown) == 1:
        return _check_roots(relation, next(iter(unknown)), known, findings, values)
    return False


def _with(relation: Relation, values: Mapping[str, Value]) -> Value | None:
    left, right = value_of(relation.left, values), value_of(relation.right, values)
    if left is None or right is None:
        return None
    return Fraction(0) if _close(left, right, _EXACT) else left - right


def _signature(relation: Relation, free: frozenset[str]) -> tuple[Value, ...] | None:
    """The difference of the two sides at fixed points, which tells equations apart; None where a side has no value."""
    found: list[Value] = []
    for start, stride in _POINTS:
        value = _with(relation, {name: Fraction(start + stride * (ord(name[0]) % 29 + len(name))) for name in free})
        if value is None:
            return None
        found.append(value)
    return tuple(found)


def _check_roots(
    relation: Relation, name: str, known: Known, findings: Findings, values: Mapping[str, Value] | None = None
) -> bool:
    roots = _roots(relation, name, values or {})
    if not roots:
        return False
    earlier = known.roots.setdefault(name, [])
    if not earlier:
        findings.fresh += 1
    elif any(roots <= before or before <= roots for before in earlier):
        findings.agree += 1
    else:
        findings.differ += 1
    earlier.append(roots)
    del earlier[:-_ROOTS_KEPT]
    return True


def _quotient(value: Value, by: Value) -> Value:
    return (
        value / by if isinstance(value, Fraction) and isinstance(by, Fraction) else round(float(value) / float(by), 9)
    )


def _roots(relation: Relation, name: str, values: Mapping[str, Value]) -> frozenset[Value] | None:
    """The rational roots of an equation that is of first or second degree in ``name``; None for any other."""
    at = [_with(relation, {**values, name: Fraction(point)}) for point in (0, 1, -1, 2)]
    exact = [value for value in at if isinstance(value, Fraction)]
    if len(exact) < len(at):
        return None
    zero, one, minus, two = exact
    square, linear = (one + minus) / 2 - zero, (one - minus) / 2
    if 4 * square + 2 * linear + zero != two:
        return None
    if square == 0:
        return frozenset((-zero / linear,)) if linear else None
    return _quadratic(square, linear, zero)


def _quadratic(square: Fraction, linear: Fraction, constant: Fraction) -> frozenset[Value] | None:
    inner = value_of(("sqrt", ("num", linear * linear - 4 * square * constant)))
    if inner is None:
        return None
    return frozenset(round(float((-linear + sign * inner) / (2 * square)), 9) for sign in (1, -1))
