"""Importers: one file a format, values in, values out. To add one, write its file and give it a line here."""

from collections.abc import Mapping

from labelling.corpus.importers import best_of_n, gsm8k, math_style, native
from labelling.corpus.importers.reader import Line, ReadProblem, Refusal, read_lines
from labelling.corpus.importers.records import BadLine, ImportContext, Importer, SampleRecord, ScoreRecord

IMPORTERS: dict[str, Importer] = {
    "best-of-n": best_of_n.IMPORTER,
    "gsm8k": gsm8k.IMPORTER,
    "math": math_style.IMPORTER,
    "native": native.IMPORTER,
}


def detect_format(first: Mapping[str, object]) -> str | None:
    """Return the name of the format whose lines look like ``first``, or None: the caller then asks for --format."""
    return next((name for name, importer in IMPORTERS.items() if importer.detect(first)), None)


__all__ = [
    "IMPORTERS",
    "BadLine",
    "ImportContext",
    "Importer",
    "Line",
    "ReadProblem",
    "Refusal",
    "SampleRecord",
    "ScoreRecord",
    "detect_format",
    "read_lines",
]
