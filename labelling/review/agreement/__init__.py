"""The ways to tell whether raters agree. To add one: a module here, a line in ``METHODS``. Plain: values in and out."""

from typing import Final

from labelling.review.agreement.base import Answer, Method, Outcome
from labelling.review.agreement.first_error import FirstError

__all__ = ["METHODS", "Answer", "Method", "Outcome"]

METHODS: Final[dict[str, Method]] = {one.name: one for one in (FirstError(),)}
