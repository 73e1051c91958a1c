"""From a PRM800K row to steps with labels: the path that the rater's session took, and what left it.

The semantics are PRM800K's README's; TRL's script ``examples/datasets/prm800k.py`` reads the same path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from exports.formats.base import Case, Choices, LeftOut, Unfit
from exports.formats.options import ALTERNATIVES, NEUTRAL, RESOLVE, TRUNCATE, UNRATED, needed
from exports.labelled import Candidate, Row, Step

ABSTENTIONS: Final = ("give_up", "bad_problem")
#: What formats of a problem, steps and a label a step ask for.
PATH_OPTIONS: Final = (NEUTRAL, UNRATED, ALTERNATIVES, TRUNCATE, RESOLVE)


class Turn(NamedTuple):
    """A step with several candidates, the rater's own text the last. ``before``: steps of the path before it.

    ``taken``: which one went on; None where nothing did.
    """

    before: int
    candidates: Sequence[Candidate]
    taken: int | None


class Path(NamedTuple):
    """The steps that the session went along, with their ratings (equal lengths), and the turns on the way.

    The step that it failed at is among them where it is the solution's own.
    """

    texts: list[str]
    ratings: list[int | None]
    turns: list[Turn]


def path_of(row: Row) -> Path:
    """Raises ``Unfit`` where the row names a candidate that it does not have."""
    own = row.question.pre_generated_steps or ()
    path = Path([], [], [])
    for index, step in enumerate(row.label.steps):
        candidates, taken = _candidates(step, index)
        if len(candidates) > 1:
            path.turns.append(Turn(len(path.texts), candidates, taken))
        if taken is None and candidates and (len(candidates) == 1 or candidates[0].text == _at(own, index)):
            taken = 0  # not gone on with, but the solution's own
        if taken is None:
            break  # also at published rows' steps of nulls
        path.texts.append(candidates[taken].text)
        path.ratings.append(candidates[taken].rating)
    return path


def _candidates(step: Step, index: int) -> tuple[Sequence[Candidate], int | None]:
    """The step's candidates, and which went on. A rater's own text that bears no rating is a good step."""
    candidates, chosen, human = step.completions or (), step.chosen_completion, step.human_completion
    if human is not None:
        text = human if isinstance(human, str) else human.text
        rating = 1 if isinstance(human, str) or human.rating is None else human.rating
        chosen = len(candidates) if chosen is None else chosen
        candidates = [*candidates, Candidate(text, rating)]
    if chosen is not None and not 0 <= chosen < len(candidates):
        raise Unfit(f"step {index + 1} chooses candidate {chosen}, of {len(candidates)}")
    return candidates, chosen


def _at(steps: Sequence[str], index: int) -> str | None:
    return steps[index] if index < len(steps) else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A problem, steps, and whether each is good."""

    problem: str
    steps: list[str]
    labels: list[bool]


@dataclass(frozen=True)
class Rule:
    """How ratings become labels: what the choices of ``PATH_OPTIONS`` say."""

    neutral: str
    unrated: str | None
    alternatives: str | None
    truncate: str | None

    @classmethod
    def of(cls, choices: Choices) -> "Rule":
        return cls(str(choices["neutral"]), choices["unrated"], choices["alternatives"], choices["truncate"])

    def labelled(self, case: Case) -> list[Labelled]:
        """One path, and with ``alternatives=rows`` one more for each candidate that was not taken."""
        path = path_of(case.row)
        problem, end = case.row.question.problem, len(path.texts)
        found: list[Labelled] = []
        if path.turns:
            last = path.turns[-1]
            if self.alternatives is None:
                raise needed(ALTERNATIVES, f"step {last.before + 1} has {len(last.candidates)} candidates")
            if self.alternatives == "rows":
                found = self._alternatives(problem, path)
                if last.taken is None and last.before >= end - 1:
                    end = last.before  # where the session ended, each candidate has a row of its own
        steps, labels, _ = self._labels(path.texts[:end], path.ratings[:end])
        if steps:
            found.append(Labelled(problem, steps, labels))
        if not found:
            raise LeftOut("no labelled step")
        return found

    def _alternatives(self, problem: str, path: Path) -> list[Labelled]:
        rows = []
        for before, candidates, taken in path.turns:
            for at, candidate in enumerate(candidates):
                if at == taken or candidate.rating is None:
                    continue  # on the path, or without a label
                texts, ratings = [*path.texts[:before], candidate.text], [*path.ratings[:before], candidate.rating]
                steps, labels, whole = self._labels(texts, ratings)
                if whole and steps:
                    rows.append(Labelled(problem, steps, labels))
        return rows

    def _labels(self, texts: list[str], ratings: list[int | None]) -> tuple[list[str], list[bool], bool]:
        """Steps and labels, and whether the last step got its own."""
        if None not in ratings and -1 not in ratings[:-1] and self.neutral != "drop":
            least = 0 if self.neutral == "positive" else 1
            return texts, [rating >= least for rating in ratings], True  # type: ignore[operator]
        return self._labels_step_by_step(texts, ratings)

    def _labels_step_by_step(self, texts: list[str], ratings: list[int | None]) -> tuple[list[str], list[bool], bool]:
        steps: list[str] = []
        labels: list[bool] = []
        waiting: list[str] = []  # texts without a label of their own
        failed = False
        for at, (text, rating) in enumerate(zip(texts, ratings, strict=True)):
            if failed and self._ends_behind_error(at, rating):
                return steps, labels, False
            if rating is None and self._ends_unrated(at):
                return steps, labels, False
            label = self._label(rating)
            if label is None:
                waiting.append(text)
                continue
            steps.append("\n".join([*waiting, text]))
            labels.append(label)
            waiting.clear()
            failed = failed or rating == -1
        return steps, labels, not waiting

    def _label(self, rating: int | None) -> bool | None:
        if rating == 0:
            return {"positive": True, "negative": False}.get(self.neutral)
        return None if rating is None else rating == 1

    def _ends_behind_error(self, at: int, rating: int | None) -> bool:
        if self.truncate is None and rating is not None:
            raise needed(TRUNCATE, f"step {at + 1} is rated, though it comes after the first error")
        return self.truncate == "yes"

    def _ends_unrated(self, at: int) -> bool:
        if self.unrated is None:
            raise needed(UNRATED, f"step {at + 1} has no rating")
        if self.unrated == "leave-out":
            raise LeftOut("unrated step")
        return self.unrated == "cut"


def solution_of(row: Row) -> list[str]:
    """The whole solution, also past its first error; in alternatives mode what the session put together."""
    return row.question.pre_generated_steps or path_of(row).texts


def judged(case: Case) -> None:
    """Raise ``Unfit`` where the rater gave no answer."""
    if case.row.label.finish_reason in ABSTENTIONS:
        raise Unfit(f"its rater ended with {case.row.label.finish_reason}: there is no answer")
