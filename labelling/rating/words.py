"""Is what a rater wrote to the lead something that can be kept? Plain: values in, clean values or a named fault out."""

import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from labelling.corpus.text import BadText, check_text
from labelling.rating.validation import MOST_STEPS, InvalidJudgement

LONGEST_NOTE: Final = 2_000  # characters
LONGEST_SHOWN: Final = 5_000  # of a reference answer, sent back as the page showed it
MOST_UUIDS: Final = 200
KINDS: Final = ("question", "split", "other")


@dataclass(frozen=True)
class Asked:
    """A question to the lead. ``step``: 0-based, None where it is about the whole item."""

    uuid: uuids.UUID
    kind: str
    step: int | None
    text: str


@dataclass(frozen=True)
class Reported:
    """A word on the reference answer: ``shown`` is that answer, as it stood on the page."""

    uuid: uuids.UUID
    shown: str
    note: str


def question_of(data: Mapping[str, Any]) -> Asked:
    """Raises ``InvalidJudgement``, which names the field."""
    known_only(data, {"uuid", "kind", "step", "text"})
    if data.get("kind") not in KINDS:
        raise InvalidJudgement("kind", f"must be one of {', '.join(KINDS)}.")
    step = data.get("step")
    if step is not None and (isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < MOST_STEPS):
        raise InvalidJudgement("step", "must be a step's index, from 0, or null.")
    if step is None and data["kind"] == "split":
        raise InvalidJudgement("step", "is required for a badly split step.")
    return Asked(client_uuid(data), data["kind"], step, words(data, "text", longest=LONGEST_NOTE))


def report_of(data: Mapping[str, Any]) -> Reported:
    """Raises ``InvalidJudgement``, which names the field."""
    known_only(data, {"uuid", "shown", "note"})
    shown, note = text_of(data, "shown", longest=LONGEST_SHOWN), words(data, "note", longest=LONGEST_NOTE)
    return Reported(client_uuid(data), shown, note)


def known_only(data: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise InvalidJudgement(unknown[0], "is not a known field.")


def client_uuid(data: Mapping[str, Any]) -> uuids.UUID:
    try:
        return uuids.UUID(data["uuid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise InvalidJudgement("uuid", "must be a UUID made by the client.") from None


def words(data: Mapping[str, Any], name: str, *, longest: int) -> str:
    """The same without the white space around it."""
    return text_of(data, name, longest=longest).strip()


def text_of(data: Mapping[str, Any], name: str, *, longest: int) -> str:
    """A text that says something and can be stored."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidJudgement(name, "is required.")
    if len(value) > longest:
        raise InvalidJudgement(name, f"is longer than {longest} characters.")
    try:
        return check_text(value)
    except BadText:
        raise InvalidJudgement(name, "holds a character that cannot be stored.") from None


def uuids_of(value: Any, name: str) -> list[uuids.UUID]:
    if not isinstance(value, list) or len(value) > MOST_UUIDS:
        raise InvalidJudgement(name, f"must be a list of at most {MOST_UUIDS} UUIDs.")
    found = []
    for index, each in enumerate(value):
        try:
            found.append(uuids.UUID(each))
        except (ValueError, TypeError, AttributeError):
            raise InvalidJudgement(f"{name}[{index}]", "must be a UUID.") from None
    return found
