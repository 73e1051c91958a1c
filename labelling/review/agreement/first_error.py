"""Agreement on the first error, as ProcessBench asks for it (Zheng et al., 2024, arXiv 2412.06559, section 3.3)."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from labelling.review.agreement.base import Answer, Outcome

ABSTENTIONS: Final = {"give_up": "gave up", "bad_problem": "bad problem"}


class FirstError:
    """The same step is called the first error, or none is found. Neutral ratings and flags make no difference.

    Who gave up, or called the problem bad, has taken a place but agrees with nobody, not even with one another.
    """

    name = "first-error"
    version = 1

    def outcome(self, answers: Sequence[Answer], *, agree: int) -> Outcome:
        votes = Counter(answer.first_error for answer in answers if answer.finish_reason not in ABSTENTIONS)
        abstained = Counter(answer.finish_reason for answer in answers if answer.finish_reason in ABSTENTIONS)
        said = [(count, _words(step)) for step, count in votes.items()]
        said += [(count, ABSTENTIONS[reason]) for reason, count in abstained.items()]
        said.sort(key=lambda one: (-one[0], one[1]))
        return Outcome(
            agreed=max(votes.values(), default=0) >= agree,
            tally=", ".join(f"{count} × {words}" for count, words in said),
        )


def _words(step: int | None) -> str:
    return "no error" if step is None else f"step {step + 1}"
