"""Which keys a rater may put an action on. Plain: values in, a clean map or a named fault out.

The table of actions and their first keys is ``KEY_TABLE`` in the page's ``keys.js``; a test holds ``ACTIONS`` to it.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from labelling.rating.validation import InvalidJudgement

ACTIONS: Final = (
    *("negative", "neutral", "positive", "unsure", "clear", "note", "own", "end", "undo"),
    *("next", "previous"),
    *("submit", "give_up", "bad_problem", "skip"),
    *("wrong_answer", "ask"),
    *("break", "guidelines", "help"),
)
NAMED: Final = ("Enter", "Backspace", "Delete", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight")
MOST_KEYS: Final = 4  # of one action
LAST_CODE_POINT: Final = 0xFFFF  # beyond it a character is two for a browser
UNPRINTABLE: Final = ("C", "M", "Z")  # Unicode's categories: control, combining marks, spaces

KeyLists = dict[str, list[str]]


def key_map_of(value: Any) -> KeyLists:
    """Actions with their keys, none of them twice. Raises ``InvalidJudgement``, as of ``keys.undo[0]``.

    An action that is missing keeps the page's own keys, but for those that are given to others here.
    """
    if not isinstance(value, Mapping) or not value:
        raise InvalidJudgement("keys", "must be an object: actions with a list of keys each.")
    unknown = sorted(set(value) - set(ACTIONS))
    if unknown:
        raise InvalidJudgement(f"keys.{unknown[0]}", "is not a known action.")
    owners: dict[str, str] = {}
    return {action: _keys(action, value[action], owners) for action in ACTIONS if action in value}


def _keys(action: str, keys: Any, owners: dict[str, str]) -> list[str]:
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise InvalidJudgement(f"keys.{action}", f"must be a list of 1 to {MOST_KEYS} keys.")
    for index, key in enumerate(keys):
        place = f"keys.{action}[{index}]"
        if not isinstance(key, str) or not (key in NAMED or _is_printable(key)):
            raise InvalidJudgement(place, f"must be one printable character in lower case, or {', '.join(NAMED)}.")
        if key in owners:
            raise InvalidJudgement(place, f"is used by {owners[key]} already.")
        owners[key] = action
    return list(keys)


def _is_printable(key: str) -> bool:
    if len(key) != 1 or ord(key) > LAST_CODE_POINT or key != key.lower():
        return False
    return not unicodedata.category(key).startswith(UNPRINTABLE)
