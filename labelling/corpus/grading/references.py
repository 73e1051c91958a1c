"""The reference answer out of a reference solution."""

from labelling.corpus.grading.answers import extract_answer

_STATED = {"boxed", "heading", "hashes", "answer-line"}


def reference_answer(solution: str) -> str | None:
    """Return the answer a reference solution states in so many words; a closing sentence is not enough for that."""
    found = extract_answer(solution)
    return found.text if found.how in _STATED else None
