"""Which problems' references need a look: the samples mostly agree on one answer, and that answer is graded wrong.

Such problems fill the top of a convincing-wrong queue, as their "wrong" answers are right.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from labelling.corpus.grading.forms import answer_form
from labelling.rounds.strategies.base import UNCONVINCING, WRONG


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many samples of a problem (twins each count) end in this answer with this verdict."""

    answer: str | None
    verdict: str | None
    why: str
    samples: int

    @property
    def claimed_wrong(self) -> bool:
        return self.verdict == WRONG and self.why not in UNCONVINCING and self.answer is not None


@dataclass(frozen=True, slots=True)
class Agreement:
    """``answer``: as most of the agreeing samples write it. ``share``: of all the problem's samples."""

    answer: str
    share: float


def reference_doubt(counts: Iterable[AnswerCount], *, share: float) -> Agreement | None:
    """What at least ``share`` of one problem's samples agree on although it is graded wrong, or None.

    Samples without an answer, or not graded yet, count among all samples but agree with nobody.
    """
    counts = list(counts)
    total = sum(count.samples for count in counts)
    wrong = [count for count in counts if count.claimed_wrong]
    if not total or sum(count.samples for count in wrong) / total < share:
        return None  # most problems end here, before any answer is normalised
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for count in wrong:
        forms[answer_form(count.answer or "")][count.answer or ""] += count.samples
    _, agreed = max(forms.items(), key=lambda form: (form[1].total(), form[0]))
    if agreed.total() / total < share:
        return None
    return Agreement(answer=min(agreed, key=lambda text: (-agreed[text], text)), share=agreed.total() / total)
