"""From what is chosen to rows and lines. What does not fit, or needs a choice first, is told with its number."""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from exports.formats import PRM800K, Case, ChoiceNeeded, DataRow, LeftOut, Note, Unfit, lines_of
from exports.formats.options import TRUNCATE, needed
from exports.records import BadRecord
from exports.requests import ExportRefused, Request
from exports.samples import samples
from exports.selectors import Annotations, Filters
from exports.streams import Found, annotations, with_labeler

DOES_NOT_FIT = "does_not_fit"


class Group(NamedTuple):
    """The rows of one annotation or sample, or its lines; ``weight``: about how many bytes they hold."""

    rows: Sequence[Any]
    weight: int


class Conversion:
    """One export's way from records to rows. ``left_out``: records by reason; ``lost``: their annotations' ids."""

    def __init__(self, request: Request, *, answers: Mapping[int, int | None] | None = None) -> None:
        self.request = request
        self.answers = answers or {}
        self.left_out: Counter[str] = Counter()
        self.lost = array("q")
        self.rows = 0
        self._convert = request.writer.converter(request.choices)
        self._finish: Callable[[DataRow], Any] = (
            lines_of(request.writer.shape(request.choices)) if request.container == "lines" else request.writer.tabular
        )

    def of_annotations(self, chosen: Annotations) -> Generator[Group]:
        """A group an annotation, an empty one where it stays out; to be closed. Raises ``ExportRefused``."""
        writer = self.request.writer
        through = writer.name == PRM800K.name and self.request.container == "lines"
        make = self._document if through else self._case
        with closing(annotations(chosen, writer.needs)) as stream:
            for found in stream:
                rows = self._attempt(f"Annotation {found.pk}", make, found)
                if rows is None:
                    self.lost.append(found.pk)
                self.rows += len(rows or ())
                yield Group(rows or (), len(found.document))

    def of_samples(self, filters: Filters) -> Generator[Group]:
        """A group a sample; to be closed. Raises ``ExportRefused``."""
        scorers = self.request.scorers
        assert scorers is not None  # noqa: S101  a format of samples has them by its check
        with closing(samples(filters, scorers)) as stream:
            for pk, sample in stream:
                rows = self._attempt(f"Sample {pk}", self._converted, sample)
                self.rows += len(rows or ())
                yield Group(rows or (), sum(map(len, sample.steps)))

    def _attempt(self, who: str, make: Callable[[Any], Sequence[Any]], of: Any) -> Sequence[Any] | None:
        name = self.request.writer.name
        try:
            return make(of)
        except LeftOut as error:
            self.left_out[str(error).replace(" ", "_")] += 1
        except Unfit as error:
            if not self.request.leaves_unfit_out:
                raise ExportRefused(
                    f"{who} does not fit into {name}: {error}. (--unfit leave-out leaves out what does not fit.)"
                ) from error
            self.left_out[DOES_NOT_FIT] += 1
        except ChoiceNeeded as error:
            raise ExportRefused(f"{who} needs a choice for {name}: {error}.") from error
        except BadRecord as error:
            raise ExportRefused(f"{who} is no PRM800K row: {error}") from error
        return None

    def _converted(self, record: Any) -> Sequence[Any]:
        return [self._finish(row) for row in self._convert(record)]

    def _document(self, found: Found) -> Sequence[bytes]:
        """A document that is itself the line goes through untouched."""
        if found.goes_on and self.request.choices[TRUNCATE.name] != "no":
            return self._case(found)
        return (self._labelled(found),)

    def _labelled(self, found: Found) -> bytes:
        return found.document if self.request.raters == "original" else with_labeler(found.document, found.pseudonym)

    def _case(self, found: Found) -> Sequence[Any]:
        writer = self.request.writer
        document = found.document
        if writer.name == PRM800K.name:
            if found.goes_on and self.request.choices[TRUNCATE.name] is None:
                raise needed(
                    TRUNCATE, f"step {(found.first_error or 0) + 2} is rated, though it comes after the first error"
                )
            document = self._labelled(found)
        first_error = self.answers.get(found.pk, found.first_error)
        if first_error != found.first_error and not writer.by_answer:
            raise LeftOut("decided otherwise")
        generator, notes = found.generator or "unknown", _notes(found.notes) if found.notes else {}
        return self._converted(Case(document, first_error, found.verdict, generator, notes, self.rows))


def _notes(text: str) -> Mapping[int, Note]:
    """Error notes by step, as ``Annotation.notes`` keeps them; those without a word of explanation are none."""
    return {note["step"]: Note(note["explanation"], note["type"]) for note in json.loads(text) if note["explanation"]}
