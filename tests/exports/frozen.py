"""Snapshots as tests look at them."""

from typing import Any

from exports.models import Snapshot
from exports.snapshots.storage import names_below, opener
from labelling.rating.models import Annotation
from tests.factories import AnnotationFactory


def corrected(old: Annotation, **changes: Any) -> Annotation:
    """A newer version of the same rater's answer."""
    like = {"assignment": old.assignment, "replaces": old, "version": old.version + 1}
    return AnnotationFactory.create(**like, **changes)


def files_of(made: Snapshot) -> dict[str, bytes]:
    found = {}
    for name in names_below(made.hash):
        with opener(made.hash)(name.partition("/")[2]) as file:
            found[name.partition("/")[2]] = file.read()
    return found
