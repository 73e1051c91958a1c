"""Accounts of raters whom a file names: nobody signs in by them, and exports show their pseudonym alone."""

import re
from collections.abc import Collection
from hashlib import sha256

from django.contrib.auth.hashers import make_password

from labelling.people.models import IMPORTED, User, make_pseudonym

_OURS = re.compile(r"(?:r|sim)-[0-9a-f]{12}")  # a pseudonym of this product, which stays the rater's here too


def raters_get_or_create(labelers: Collection[str]) -> tuple[dict[str, tuple[int, bool]], int]:
    """Each labeler's user id, and whether it is a simulated rater; and how many accounts were made.

    A labeler that is a pseudonym here is that very rater. The account's name is a digest: an id may be of any length.
    """
    names = {_username(labeler): labeler for labeler in labelers}
    found: dict[str, tuple[int, bool]] = {}
    for user in User.objects.filter(pseudonym__in=[one for one in labelers if _OURS.fullmatch(one)]):
        found[user.pseudonym] = (user.pk, user.simulated)
    for user in User.objects.filter(username__in=names):
        found.setdefault(names[user.username], (user.pk, user.simulated))
    new = [labeler for labeler in sorted(labelers) if labeler not in found]
    made = User.objects.bulk_create([_user(labeler) for labeler in new])
    found |= {labeler: (user.pk, user.simulated) for labeler, user in zip(new, made, strict=True)}
    return found, len(new)


def _username(labeler: str) -> str:
    return f"{IMPORTED}{sha256(labeler.encode()).hexdigest()[:24]}"


def _user(labeler: str) -> User:
    pseudonym = labeler if _OURS.fullmatch(labeler) else make_pseudonym()
    return User(
        username=_username(labeler),
        first_name=labeler[:150],
        pseudonym=pseudonym,
        password=make_password(None),
        is_active=False,
    )
