"""Texts as tokens, and for each step the token that is read. Needs the package ``tokenizers`` only, no torch.

Imported text is never a control token: what is written like ``<|im_end|>`` in a step is tokenised as plain characters.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from labelling.prm.checkpoints.card import SLOT, BadCard, Card, regular

Text = tuple[str, Sequence[str]]  # a problem and a solution's steps
CONTROL_LIKE: Final = re.compile(r"<\|[^\s|<>]+\|>|<extra_\d+>")  # nobody writes so what is to be plain text
MOST_IDS: Final = 2**32
_NO_TOKENIZERS: Final = "needs the package 'tokenizers': install requirements-ml.txt, or tokenizers alone for vllm."


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a solution, and for each step the index of the token that is read."""

    ids: list[int]
    marks: tuple[int, ...]


@dataclass(slots=True)
class _Run:
    """Text between two control tokens, and the places in it behind which a token is read."""

    text: str = ""
    reads: list[int] = field(default_factory=list)


_Piece = _Run | int  # an int: a control token's id


class Encoder:
    """Made once for a checkpoint; ``encode`` takes many solutions at a time."""

    def __init__(self, tokenizer_json: str, card: Card, *, bos: str | None = None) -> None:
        """``bos``: the tokenizer's own, for a card that says ``auto``. Raises BadCard."""
        self.card = card
        self._tokenizer, added = _tokenizer(tokenizer_json)
        self._added: dict[str, int] = added
        self._control = re.compile("|".join(re.escape(one) for one in sorted(added, key=len, reverse=True)) or r"(?!)")
        self._check_control()
        first = bos if card.bos == "auto" else card.bos
        self._first = [] if first is None else [self.token_id(first, "bos")]
        self._prompt, self._step, self._between = (_parts(one) for one in (card.prompt, card.step, card.between))
        self._numbered = re.compile(r"\s*Step\s+(\d+)\s*[.:]\s*") if "{number}" in card.step else None

    @classmethod
    def from_folder(cls, folder: Path, card: Card) -> "Encoder":
        """Of the checkpoint's ``tokenizer.json``. Raises BadCard."""
        path = folder / "tokenizer.json"
        try:
            content = regular(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadCard(f"{path}: {error}; a checkpoint is read with its fast tokenizer's own file.") from error
        return cls(content, card, bos=_own_bos(folder / "tokenizer_config.json"))

    def token_id(self, token: int | str, place: str) -> int:
        """The id of a token as the vocabulary writes it. Raises BadCard, naming the card's ``place``."""
        found = token if isinstance(token, int) else self._tokenizer.token_to_id(token)
        if found is None or found >= MOST_IDS or self._tokenizer.id_to_token(found) is None:
            raise BadCard(f"{place}: the tokenizer knows no token {token!r}")
        return int(found)

    def _check_control(self) -> None:
        """A mark that the tokenizer doesn't know would be spelt out in characters, and its scores mean nothing."""
        for key in ("prompt", "step", "between"):
            for token in CONTROL_LIKE.findall(getattr(self.card, key)):
                if token not in self._added:
                    raise BadCard(
                        f"{key}: the tokenizer has no control token {token!r}: is it of another checkpoint, "
                        "or is the card of another family?"
                    )

    def encode(self, texts: Sequence[Text]) -> list[Encoded]:
        """Token ids and marks of each, uncut. Raises BadCard where a mark melts into the text behind it."""
        pieces = [self._pieces(problem, steps) for problem, steps in texts]
        runs = dict.fromkeys(one.text for solution in pieces for one in solution if isinstance(one, _Run))
        made = self._tokenizer.encode_batch(list(runs), add_special_tokens=False)
        known = dict(zip(runs, made, strict=True))
        return [self._joined(solution, known) for solution in pieces]

    def _joined(self, pieces: list[_Piece], known: dict[str, Any]) -> Encoded:
        ids, marks = list(self._first), []
        for piece in pieces:
            if isinstance(piece, int):
                ids.append(piece)
                continue
            found = known[piece.text]
            marks += [len(ids) + _read(found, at, len(piece.text)) for at in piece.reads]
            ids += found.ids
        return Encoded(ids, tuple(marks))

    def _pieces(self, problem: str, steps: Sequence[str]) -> list[_Piece]:
        pieces: list[_Piece] = []
        self._fill(pieces, self._prompt, {"problem": self._clean(problem)})
        for number, step in enumerate(steps, start=1):
            slots = {"step": self._bare(self._clean(step), number), "number": str(number)}
            if number > 1:
                self._fill(pieces, self._between, slots)
            self._fill(pieces, self._step, slots)
        return pieces

    def _fill(self, pieces: list[_Piece], parts: list[str], slots: dict[str, str]) -> None:
        """``parts`` of a template in turn: literal, slot's name, literal …"""
        for at, part in enumerate(parts):
            if at % 2 and part == "read":
                _run(pieces, apart=False).reads.append(len(_run(pieces, apart=False).text))
            elif at % 2:
                self._add(pieces, slots[part])
            else:
                self._literal(pieces, part)

    def _literal(self, pieces: list[_Piece], text: str) -> None:
        """Only in a card's own words is a control token one."""
        at = 0
        for found in self._control.finditer(text):
            self._add(pieces, text[at : found.start()])
            pieces.append(self._added[found[0]])
            at = found.end()
        self._add(pieces, text[at:])

    def _add(self, pieces: list[_Piece], text: str) -> None:
        if text:
            _run(pieces, apart=self.card.apart).text += text

    def _clean(self, text: str) -> str:
        return text.strip() if self.card.strip else text

    def _bare(self, step: str, number: int) -> str:
        """Without the number that the template gives it again."""
        found = self._numbered.match(step) if self._numbered else None
        return step[found.end() :] if found and int(found[1]) == number else step


def _run(pieces: list[_Piece], *, apart: bool) -> _Run:
    """The run that text goes on in: a new one behind a control token, or where parts are tokenised one by one."""
    last = pieces[-1] if pieces else None
    if not isinstance(last, _Run) or (apart and last.text):
        last = _Run()
        pieces.append(last)
    return last


def _read(found: Any, at: int, length: int) -> int:
    """Of a run's tokens the last that ends by character ``at``: its index; -1: the token before the run."""
    if at == length:
        return len(found.ids) - 1
    spans: list[tuple[int, int]] = found.offsets
    if any(start < at < end for start, end in spans):
        raise BadCard("step: the tokenizer melts the mark before {read} into the text behind it")
    return max((index for index, (_, end) in enumerate(spans) if end <= at), default=-1)


def _parts(template: str) -> list[str]:
    return SLOT.split(template)


def shortened(encoded: Encoded, limit: int | None, *, causal: bool) -> Encoded:
    """Without what can't change a score: all behind the last mark, where no token sees a later one."""
    whole = limit is None or len(encoded.ids) <= limit
    return encoded if whole and not causal else cut(encoded, limit)


def reads_of(card: Card, encoded: Encoded, steps: int) -> tuple[int, ...]:
    """The tokens to read: of an outcome model the last step's, and none of half a solution, which has no outcome."""
    if card.form == "process":
        return encoded.marks
    return encoded.marks[-1:] if len(encoded.marks) == steps else ()


def scores_told(card: Card, scores: Sequence[float], steps: int) -> tuple[float | None, ...] | None:
    """What was read as an entry a step; None where nothing was."""
    if not scores:
        return None
    missing = (None,) * (steps - len(scores))
    return (*missing, *scores) if card.form == "outcome" else (*scores, *missing)


def cut(encoded: Encoded, limit: int | None) -> Encoded:
    """What of it fits into ``limit`` tokens: the steps whose marks do, and nothing behind the last mark."""
    marks = encoded.marks if limit is None else tuple(mark for mark in encoded.marks if mark < limit)
    return Encoded(encoded.ids[: marks[-1] + 1] if marks else [], marks)


def _tokenizer(content: str) -> tuple[Any, dict[str, int]]:
    """The tokenizer, to which no text is a control token, and its control tokens."""
    try:
        import tokenizers  # not needed by the other backends
    except ImportError as error:
        raise BadCard(f"tokenizer.json {_NO_TOKENIZERS}") from error
    try:
        data = json.loads(content)
        added = {str(one["content"]): int(one["id"]) for one in data.get("added_tokens") or []}
        for one in data.get("added_tokens") or []:
            one["special"] = True  # so that all of them can be turned off for imported text
        made = tokenizers.Tokenizer.from_str(json.dumps(data))
    except Exception as error:  # tokenizers raises nothing narrower
        raise BadCard(f"tokenizer.json: can't be read: {error}") from error
    made.encode_special_tokens = True
    made.no_padding()
    made.no_truncation()
    return made, added


def _own_bos(path: Path) -> str | None:
    try:
        config = json.loads(regular(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    token = config.get("bos_token") if isinstance(config, dict) else None
    token = token.get("content") if isinstance(token, dict) else token
    if token is not None and not isinstance(token, str):
        raise BadCard(f"{path}: bos_token: must be a token's text, not {token!r}")
    return token
