"""Grading final answers: find the answer, bring it into one form, walk the ladder. Values in, values out."""

from labelling.corpus.grading.answers import ExtractedAnswer, extract_answer
from labelling.corpus.grading.ladder import GRADER_VERSION, STAGES, Grade, asks_for_percent, grade
from labelling.corpus.grading.references import reference_answer

__all__ = [
    "GRADER_VERSION",
    "STAGES",
    "ExtractedAnswer",
    "Grade",
    "asks_for_percent",
    "extract_answer",
    "grade",
    "reference_answer",
]
