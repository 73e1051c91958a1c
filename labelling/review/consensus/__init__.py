"""The ways to settle several raters' answers into one. To add one: a module here, a line in ``METHODS``. Plain."""

from typing import Final

from labelling.review.consensus.base import NO_ERROR, UNSETTLED, Method, Settled, Votes, Whole
from labelling.review.consensus.dawid_skene import DawidSkene
from labelling.review.consensus.majority import Majority

__all__ = ["METHODS", "NO_ERROR", "UNSETTLED", "Method", "Settled", "Votes", "Whole"]

METHODS: Final[dict[str, Method]] = {one.name: one for one in (Majority(), DawidSkene())}
