"""What the numbers of a step are, rather than how much: its words and formulas with roles for numbers, hashed.

``$1134 - 260 = 874$`` is `g1 - g2` of the numbers given, `$874 / 38$` then `r1 / r2` of the results found. Each formula
is also paired with the problem's words: the same one is right in one kind of problem and wrong in another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from labelling.prm.embedded.expressions import Node
from labelling.prm.embedded.grams import crossed, word_hash
from labelling.prm.embedded.reading import Context, Read
from labelling.prm.embedded.tokens import Token
from labelling.prm.embedded.words import COMMON

_SMALL: Final = 12  # whole numbers up to it stand for themselves
_TOKENS: Final = 300  # of a step; the rest says no more
_START, _END = word_hash("^"), word_hash("$")
_FORMULAS: Final = 4
_TOPIC_WORDS: Final = 40
_WORD: Final = 4  # letters of a word that tells a problem's kind


@dataclass(frozen=True, slots=True)
class Roles:
    """A step as numbers (see ``grams``): its words with a role for each number; its formulas, alone and by topic."""

    words: list[int]
    formulas: list[int]


def roles_of(step: Read, lefts: Sequence[Node], context: Context) -> Roles:
    """What a step's numbers are. ``lefts``: the left sides of its equations."""
    roles = _roles(context)
    words = [token.gram or _role_gram(token, roles) for token in step.tokens[:_TOKENS] if token.kind != "stop"]
    formulas = [word_hash(formula) for formula in dict.fromkeys(_formulas(step, lefts, context, roles))]
    return Roles([_START, *words, _END], crossed(formulas, context.topic))


def topic_of(problem: Read) -> list[int]:
    """The problem's words that may tell of what kind it is."""
    return [word_hash(word) for word in [word for word in sorted(problem.vocabulary) if _tells(word)][:_TOPIC_WORDS]]


def _tells(word: str) -> bool:
    return len(word) >= _WORD and word.isalpha() and word not in COMMON


def _roles(context: Context) -> dict[float, str]:
    """Of each number so far: `r1` the last step's result, `r2` that before; `g1` the first one given; else `f`."""
    roles = dict.fromkeys(context.found, "f")
    last = [step.numbers[-1] for step in context.earlier if step.numbers]
    roles |= {number: f"r{len(last) - at}" for at, number in enumerate(last)}
    latest = last[-1] if last else None
    return roles | {number: f"g{at}" for at, number in enumerate(context.asked, 1) if number != latest}


def _role_gram(token: Token, roles: dict[float, str]) -> int:
    return word_hash("n" if token.number is None else _role(token.number, roles))


def _role(number: float, roles: dict[float, str]) -> str:
    role = roles.get(round(number, 9))
    if role is not None:
        return role
    if number <= _SMALL and number == int(number):
        return str(int(number))
    hundredfold = roles.get(round(number * 100, 9))  # 0.15 of 15 per cent
    return f"{hundredfold}%" if hundredfold else "n"


def _formulas(step: Read, lefts: Sequence[Node], context: Context, roles: dict[float, str]) -> Iterator[str]:
    for left in lefts[:_FORMULAS]:
        yield "=" + _shape(left, roles)
    if "boxed" in step.text or "# Answer" in step.text:
        used = context.found.union(step.numbers)
        unused = [str(at) for at, number in enumerate(context.asked, 1) if number not in used]
        yield "unused " + " ".join(unused)
        yield "answer " + " ".join(_role(number, roles) for number in step.numbers[:2])
        yield f"end {context.position}"


def _shape(node: Node, roles: dict[float, str]) -> str:
    if node[0] == "num":
        return _role(float(node[1]), roles)
    if node[0] == "name":
        return "v"
    parts = [_shape(part, roles) for part in node[1:]]
    operator = "/" if node[0] == "frac" else node[0]
    return f"{operator}({','.join(sorted(parts) if operator in '+*' else parts)})"
