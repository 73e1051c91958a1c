"""A rater's own keys: kept, and given with the page wherever the rater signs in."""

from collections.abc import Mapping
from typing import Any

from labelling.people.models import User
from labelling.rating.keymaps import KeyLists, key_map_of
from labelling.rating.models import KeyMap
from labelling.rating.words import known_only


def key_map_save(*, rater: User, data: Mapping[str, Any]) -> KeyLists | None:
    """Keep the map, or with ``None`` forget it. Raises ``InvalidJudgement``, which names the key."""
    known_only(data, {"keys"})
    if "keys" in data and data["keys"] is None:
        KeyMap.objects.filter(rater=rater).delete()
        return None
    keys = key_map_of(data.get("keys"))
    KeyMap.objects.update_or_create(rater=rater, defaults={"keys": keys})
    return keys


def key_map_get(rater: User) -> KeyLists | None:
    found = KeyMap.objects.filter(rater=rater).values_list("keys", flat=True).first()
    return found or None
