"""The dear stage of grading, asked once a pair: of this process's memory, else of the table, else of a helper."""

import atexit
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

from labelling.corpus.grading import GRADER_VERSION, Decision, Referee
from labelling.corpus.models import AnswerGrade

REMEMBERED = 10_000  # pairs


@lru_cache(maxsize=REMEMBERED)
def pair_judge(reference: str, answer: str) -> Decision:
    """What the grader's present version says of two answers. Raises RefereeBroken where its helper can't start."""
    key = _key(reference, answer)
    known = AnswerGrade.objects.filter(grader=GRADER_VERSION, key=key).values_list("value", "why").first()
    if known is not None:
        return Decision(known[0], known[1])  # type: ignore[arg-type]  # the column has a verdict's values only
    decision = _referee().judge(reference, answer)
    row = AnswerGrade(
        grader=GRADER_VERSION,
        key=key,
        reference_answer=reference,
        answer=answer,
        value=decision.verdict,
        why=decision.why,
    )
    AnswerGrade.objects.bulk_create([row], ignore_conflicts=True)
    return decision


@lru_cache(maxsize=1)
def _referee() -> Referee:
    referee = Referee()
    atexit.register(referee.close)
    return referee


def _key(reference: str, answer: str) -> UUID:
    digest = blake2b(digest_size=16)
    for text in (reference, answer):
        encoded = text.encode(errors="surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return UUID(bytes=digest.digest())
