"""Texts as the corpus keeps them: what may be stored, which texts are the same, and what raters see of them.

A key is 32 hexadecimal digits, the first half of a SHA-256: what PostgreSQL's ``uuid`` holds. Parts are written
with their lengths before hashing, so that no two lists of parts can run together into one string.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

ANSWER_BYTES = 2_000  # in UTF-8: verdicts are indexed by reference answer, and an index entry holds 2,704

# Invisible characters that survive copying from web pages and never mean anything in a problem.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff\u2060"), None)

# GSM8K: `<<16-3=13>>13`. The result stands again behind the mark, which `a<<b=c>>d` in ordinary maths never has.
_MARK = re.compile(r"<<(?![\s<])[^<>\n]{1,2000}?=[^<>=\n]*\d[^<>=\s]?>>(?=[^\w\\<>]{0,4}\d)")
_CUT_MARK = re.compile(r"<<[\d(.][\d+\-*/().,=%$]*\Z")  # a generator that ran out of tokens inside a mark


class BadText(ValueError):
    """The text cannot be stored; the message says which character, and where it stands."""


def check_text(text: str) -> str:
    """Return ``text`` unchanged; raise BadText for what PostgreSQL cannot hold: NUL and lone surrogates."""
    if "\x00" in text:
        raise BadText(f"holds a NUL character (U+0000) at position {text.index(chr(0))}: remove it")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            code = ord(text[error.start])
            raise BadText(f"holds half a surrogate pair (U+{code:04X}) at position {error.start}") from error
    return text


def normalise_problem(text: str) -> str:
    """Return the text that identifies a problem: NFC, runs of white space as one space, no invisible characters.

    Case, punctuation and all mathematics stay: ``x²`` is not ``x2`` (so not NFKC), ``a`` is not ``A``.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", check_text(text).translate(_INVISIBLE))
    return " ".join(check_text(text).split())


def _key(parts: Sequence[str]) -> str:
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


@lru_cache(maxsize=2)  # lines of one problem follow each other; no more, for texts may be long
def problem_key(text: str) -> str:
    """Return the key of a problem: equal for texts that differ in white space or Unicode composition only."""
    return _key(("problem", normalise_problem(text)))


def solution_key(*, text: str, steps: Sequence[str], final_answer: str | None, truncated: bool) -> str:
    """Return the key of a solution within its problem: the raw text, its steps, and what its source said of them."""
    stated = ("", "") if final_answer is None else ("answer", final_answer)
    return _key(("solution", text, "cut" if truncated else "", *stated, *steps))


def prefix_key(steps: Sequence[str]) -> str:
    """Return the key of the steps before an alternative; the empty prefix has one too."""
    return _key(("prefix", *steps))


def prefix_keys(steps: Sequence[str]) -> list[str]:
    """Return the key of the steps before each one, without hashing any step twice."""
    running = hashlib.sha256(b"6:prefix")
    keys = []
    for step in steps:
        keys.append(running.hexdigest()[:32])
        running.update(f"{len(step)}:{step}".encode())
    return keys


def text_key(text: str) -> str:
    """Return the key of one step's text, as an alternative to another."""
    return _key(("text", text))


def split_lines(text: str) -> list[str]:
    """Return the lines that are not blank, without the white space around them: one step a line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.strip() for line in lines if line.strip()]


def hide_calculator_marks(text: str) -> str:
    """Return what a rater sees of a text: GSM8K's ``<<16-3=13>>`` marks gone, every other ``<<`` left as it is."""
    if "<<" not in text:
        return text
    return _CUT_MARK.sub("", _MARK.sub("", text))
