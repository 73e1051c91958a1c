"""Mathematics in running text as tokens: LaTeX or plain, words and all. Never fails; what it can't read is a word."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from labelling.prm.embedded.grams import word_hash

TEXT_LIMIT: Final = 4000  # characters of a step that are looked at; a longer one is no step but an accident

_MARK = re.compile(r"<<[^<>\n]{0,300}>>")
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\!|,\\!)(?=\d{3}(?!\d))")
_BETWEEN = re.compile(r"\$[\s,]+\$")  # of two formulas side by side
_NAMED = re.compile(r"\\(?:text|mathrm|operatorname)\{(gcd|lcm)\}")
_DROP = re.compile(
    r"\\(?:left|right|displaystyle|textstyle|big|Big|bigg|Bigg|quad|qquad)(?![a-zA-Z])"
    r"|\\[,;:!()\[\] ]|\^\{?\\circ\}?|\\(?:text|mathrm|mbox|textbf|mathbf|boxed|operatorname)(?=\s*\{)|[$*]{2,}|\$|&|~"
)
_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|\.\d+|\d+"
    r"|\\[a-zA-Z]+"
    r"|[^\W\d_]+(?:'[a-z]+)?"
    r"|\*\*|<=|>=|!=|\S"
)
_SYMBOLS: Final = {
    "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "−": "-", "–": "-", "**": "^",
    "<=": "≤", ">=": "≥", "{": "(", "}": ")", "[": "(", "]": ")",
}  # fmt: skip
_COMMANDS: Final = {
    "times": "*", "cdot": "*", "ast": "*", "div": "/", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "bmod": "mod", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "lt": "<", "gt": ">", "approx": "≈", "sim": "≈", "%": "%", "lbrace": "(", "rbrace": ")",
}  # fmt: skip
FUNCTIONS: Final = {
    "frac": "frac",
    "dfrac": "frac",
    "tfrac": "frac",
    "sqrt": "sqrt",
    "binom": "binom",
    "dbinom": "binom",
    "gcd": "gcd",
    "lcm": "lcm",
}
CONSTANTS: Final = {"pi": "pi", "π": "pi"}
GREEK: Final = frozenset(["alpha", "beta", "gamma", "delta", "theta", "phi", "lambda", "mu", "omega", "sigma", "rho"])
RELATIONS: Final = frozenset("=≈<>≤≥")
OPERATORS: Final = frozenset("+-*/^!%()⌊⌋⌈⌉") | {"mod"} | RELATIONS
_OF_TWO: Final = ("gcd", "lcm")  # functions written with a comma between what they are of
_UNKNOWN_CALLS: Final = frozenset("fghpqPQFGT")  # f(3) is no product
_LABEL: Final = 3  # letters of a name such as ABC
_LONG_NUMBER: Final = 40  # characters
_TO_COMMA: Final = 12  # tokens from a gcd to its comma
_ARTICLES: Final = frozenset(("a", "I", "A"))


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: num, name, func, op, word or stop (punctuation). ``text`` is normalised, as ``*`` for ``\\times``.

    ``number``: of a num, to 9 digits, which is what is compared; None where it is too long to be looked at.
    ``gram``: of anything else, as ``grams`` counts it; variables count alike, stops not at all.
    """

    kind: str
    text: str
    number: float | None = None
    gram: int = 0


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a text, of its first TEXT_LIMIT characters."""
    plain = text[:TEXT_LIMIT]
    if "<<" in plain:
        plain = _MARK.sub("", plain)
    if "{" in plain:
        plain = _NAMED.sub(r"\\\1", plain)
    plain = plain.replace("\\%", "%").replace("\\$", "")
    plain = _DROP.sub(" ", _BETWEEN.sub(" ; ", _THOUSANDS.sub("", plain)))
    return _settle([_token(text) for text in _TOKEN.findall(plain)])


@lru_cache(maxsize=50_000)  # texts say the same words again and again
def _token(text: str) -> Token:
    return _with_gram(_read(text))


def _with_gram(token: Token) -> Token:
    if token.kind in ("num", "stop"):
        return token
    return replace(token, gram=word_hash("v" if token.kind == "name" else token.text.lower()))


def _read(text: str) -> Token:
    first = text[0]
    if first.isdecimal() or (first == "." and len(text) > 1):
        plain = text.replace(",", "")
        return Token("num", plain, round(float(plain), 9) if len(plain) < _LONG_NUMBER else None)
    if first == "\\" and len(text) > 1:
        return _command(text[1:])
    if first.isalpha():
        return _word(text)
    symbol = _SYMBOLS.get(text, text)
    return Token("op" if symbol in OPERATORS else "stop", symbol)


def _command(name: str) -> Token:
    if name in FUNCTIONS:
        return Token("func", FUNCTIONS[name])
    if name in _COMMANDS:
        return Token("op", _COMMANDS[name])
    if name in CONSTANTS or name in GREEK:
        return Token("name", CONSTANTS.get(name, name))
    return Token("stop", name)


def _word(text: str) -> Token:
    if text.lower() in _OF_TWO:
        return Token("func", text.lower())
    if text == "mod":
        return Token("op", text)
    if text in CONSTANTS:
        return Token("name", CONSTANTS[text])
    if len(text) == 1 or (len(text) <= _LABEL and text.isupper()):  # x; AB as a length
        return Token("name", text)
    return Token("word", text)


def _settle(tokens: list[Token]) -> list[Token]:
    """Take articles for words, unknown functions with what they are applied to for stops, a gcd's comma for its own."""
    last = len(tokens) - 1
    for at, token in enumerate(tokens):
        if token.kind == "func" and token.text in _OF_TWO:
            _settle_comma(tokens, at)
        if token.kind != "name" or at == last:
            continue
        after = tokens[at + 1]
        if (token.text in _ARTICLES and after.kind == "word") or (token.text in _UNKNOWN_CALLS and after.text == "("):
            tokens[at] = _with_gram(Token("word" if after.kind == "word" else "stop", token.text))
        elif after.text == "_":  # a_1: an index makes another name, which is more than is understood here
            tokens[at] = Token("stop", token.text)
    return tokens


def _settle_comma(tokens: list[Token], at: int) -> None:
    """``gcd(14, 18)``: without its comma it would be two formulas; without brackets it is but a word."""
    if at + 1 >= len(tokens) or tokens[at + 1].text != "(":
        tokens[at] = _with_gram(Token("word", tokens[at].text))
        return
    for ahead in range(at + 2, min(at + 2 + _TO_COMMA, len(tokens))):
        if tokens[ahead].text == ",":
            tokens[ahead] = _with_gram(Token("op", ","))
            return
