"""The model card: a small JSON file beside a checkpoint that says how it is scored. A new checkpoint is no new code."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from errno import EINVAL
from pathlib import Path
from typing import Any, Final

from labelling.prm.checkpoints.families import FAMILIES

CARD: Final = "stepmark.json"
FORMAT: Final = "stepmark-model-card"
FORMAT_VERSION: Final = 1
LONGEST_CARD: Final = 100_000  # bytes
SLOT: Final = re.compile(r"\{(problem|step|number|read)\}")
_CHOICES: Final = {
    "form": ("process", "outcome"),
    "head": ("labels", "vocabulary"),
    "precision": ("auto", "float32", "bfloat16"),
}


class BadCard(ValueError):
    """A card can't be used; the message names the file, the place in it, and the reason."""


@dataclass(frozen=True)
class Card:
    """How a checkpoint is scored. Everything but the family has a default, most of them the family's.

    ``form``: ``process`` scores each step, ``outcome`` the whole solution, at its last step.
    ``prompt``, ``step``, ``between``: templates; ``apart``: their parts are tokenised one by one, as TRL does.
    ``bos``: the token put first; ``auto``: the tokenizer's own, if it has one.
    ``head``: ``labels``, a classifier in the checkpoint, of which ``good`` is the right label's index; ``vocabulary``,
    the output layer, of which the tokens ``good`` and ``bad`` are compared.
    ``max_tokens``: the context; the model's own where None. ``strip``: blanks around texts go.
    """

    family: str
    prompt: str
    step: str
    head: str
    good: int | str
    form: str = "process"
    bos: str | None = None
    between: str = ""
    apart: bool = False
    strip: bool = False
    bad: int | str | None = None
    max_tokens: int | None = None
    precision: str = "auto"

    def __post_init__(self) -> None:
        for key, known in _CHOICES.items():
            _need(getattr(self, key) in known, key, f"must be one of {', '.join(known)}, not {getattr(self, key)!r}")
        for key, slots in (("prompt", ["problem"]), ("step", ["step", "read"]), ("between", [])):
            _check_template(key, getattr(self, key), slots)
        for key in ("apart", "strip"):
            _need(isinstance(getattr(self, key), bool), key, f"must be true or false, not {getattr(self, key)!r}")
        _need(self.bos is None or isinstance(self.bos, str), "bos", "must be a token's text, 'auto' or null")
        limit = self.max_tokens
        _need(limit is None or (_whole(limit) and limit > 0), "max_tokens", f"must be a whole number, not {limit!r}")
        self._check_head()

    def _check_head(self) -> None:
        if self.head == "labels":
            _need(_whole(self.good) and int(self.good) >= 0, "good", f"must be a label's index, not {self.good!r}")
            _need(self.bad is None, "bad", "belongs to the head 'vocabulary' only")
            return
        for key in ("good", "bad"):
            value = getattr(self, key)
            _need(
                (isinstance(value, str) and value != "") or (_whole(value) and value >= 0),
                key,
                f"must be a token's text as the vocabulary writes it, or its id, not {value!r}",
            )


def card_of(family: str, **changes: Any) -> Card:
    """The family's card with ``changes``. Raises BadCard, with the place and the reason."""
    known = [field.name for field in fields(Card)]
    _need(family in FAMILIES, "family", f"must be one of {', '.join(sorted(FAMILIES))}, not {family!r}")
    for key in sorted(set(changes) - set(known)):
        raise BadCard(f"{key}: is no key of a card; the keys are: {', '.join(known)}")
    return Card(**{"family": family, **FAMILIES[family], **changes})


def card_from(data: object) -> Card:
    """A card's JSON, checked. Raises BadCard."""
    if not isinstance(data, Mapping):
        raise BadCard("must be a JSON object")
    _need(data.get("format") == FORMAT, "format", f"must be '{FORMAT}', not {data.get('format')!r}")
    version = data.get("format_version")
    _need(version == FORMAT_VERSION, "format_version", f"must be {FORMAT_VERSION}, not {version!r}")
    rest = {str(key): value for key, value in data.items() if key not in ("format", "format_version")}
    family = rest.pop("family", None)
    return card_of(family if isinstance(family, str) else repr(family), **rest)


def card_json(card: Card) -> dict[str, Any]:
    """What ``card_from`` reads back: the family and what differs from it."""
    usual = asdict(card_of(card.family))
    changes = {key: value for key, value in asdict(card).items() if value != usual[key]}
    return {"format": FORMAT, "format_version": FORMAT_VERSION, "family": card.family, **changes}


def regular(path: Path) -> Path:
    """The same path. Raises OSError where a pipe or a device has the file's name, of which reading has no end."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(EINVAL, "Not a regular file", str(path))
    return path


def card_read(folder: Path) -> Card:
    """The card of the checkpoint in ``folder``. Raises BadCard, naming the file."""
    path = folder / CARD
    try:
        with regular(path).open("rb") as file:
            content = file.read(LONGEST_CARD + 1)
    except OSError as error:
        raise BadCard(
            f"{path}: {error.strerror}; a checkpoint needs a model card, such as "
            f'{{"format": "{FORMAT}", "format_version": {FORMAT_VERSION}, "family": "qwen"}} (docs/backends.md).'
        ) from error
    if len(content) > LONGEST_CARD:
        raise BadCard(f"{path}: longer than {LONGEST_CARD:,} bytes.")
    try:
        return card_from(json.loads(content))
    except BadCard as error:
        raise BadCard(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise BadCard(f"{path}: is not JSON: {error}") from error


def card_write(folder: Path, card: Card) -> None:
    """Put the card beside a checkpoint."""
    text = json.dumps(card_json(card), indent=1, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def _check_template(key: str, value: object, slots: list[str]) -> None:
    if not isinstance(value, str):
        raise BadCard(f"{key}: must be a text, not {value!r}")
    _need(_is_text(value), key, "holds half a surrogate pair")
    found = [name for name in SLOT.findall(value) if name != "number" or key == "prompt"]
    wanted = " and then ".join(f"{{{name}}}" for name in slots) or "neither {problem}, {step} nor {read}"
    _need(found == slots, key, f"must hold {wanted}, once; it holds {found or 'none'}")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _need(holds: bool, place: str, reason: str) -> None:
    if not holds:
        raise BadCard(f"{place}: {reason}")
