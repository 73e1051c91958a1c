"""One form for answers that are the same by normalisation and plain arithmetic: agreement is counted by it."""

from labelling.corpus.grading.normalise import normalise_answer
from labelling.corpus.grading.numbers import read_number

FORM_LIMIT = 1_000  # characters; the normaliser wants no longer answers


def answer_form(answer: str) -> str:
    """The form; an answer that is too long to be looked at is its own."""
    if len(answer) > FORM_LIMIT:
        return answer
    text = normalise_answer(answer).text
    number = read_number(text)
    return text if number is None else str(number.value)
