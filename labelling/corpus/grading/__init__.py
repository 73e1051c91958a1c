"""Grading final answers: find the answer, bring it into one form, walk the ladder. Values in, values out."""

from labelling.corpus.grading.answers import ExtractedAnswer, extract_answer, states_answer
from labelling.corpus.grading.decisions import Decision
from labelling.corpus.grading.extractors import DEFAULT_EXTRACTOR, EXTRACTORS
from labelling.corpus.grading.ladder import GRADER_VERSION, STAGES, Grade, Judge, asks_for_percent, grade
from labelling.corpus.grading.referee import Referee, RefereeBroken
from labelling.corpus.grading.references import reference_answer

__all__ = [
    "DEFAULT_EXTRACTOR",
    "EXTRACTORS",
    "GRADER_VERSION",
    "STAGES",
    "Decision",
    "ExtractedAnswer",
    "Grade",
    "Judge",
    "Referee",
    "RefereeBroken",
    "asks_for_percent",
    "extract_answer",
    "grade",
    "reference_answer",
    "states_answer",
]
