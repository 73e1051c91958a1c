"""Train and test by problem: a stable share of all problems, told by a hash of the problem's key and a salt.

All solutions of a problem fall on the same side, in every export, campaign and database with the same salt.
"""

import hashlib
import math
from typing import Final, Literal
from uuid import UUID

#: ``all``: no split is made; ``both``: each side in files of its own.
Split = Literal["all", "train", "test", "both"]
SPLITS: Final = ("all", "train", "test", "both")
SALT: Final = "stepmark"
TEST_SHARE: Final = 0.1
#: Of a hash as much as is compared: its first bytes, as a number.
_BYTES: Final = 8


def threshold(share: float) -> bytes:
    """Problems whose hash is below it are of the test set, where the test set is this share (in [0, 1]) of all."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not at {share}")
    if share == 1:
        return b"\xff" * 33  # longer than any hash
    return math.floor(share * 256**_BYTES).to_bytes(_BYTES, "big")


def is_test(key: UUID, *, share: float, salt: str = SALT) -> bool:
    """Whether the problem of this key is of the test set."""
    return hashlib.sha256(f"{salt}:{key}".encode()).digest() < threshold(share)
