"""Best of N: how often the sample that is chosen out of N is right, by each way of choosing, for each N.

The mean over all subsets of N samples of a problem's pool (``subsets``), then over problems, with intervals by
bootstrap over problems. A reward model chooses by its solution score (product, minimum or last step), or gives its
scores as weights to a vote. Beside it: a blind pick, the majority, a perfect choice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from labelling.prm.evaluation import subsets
from labelling.prm.evaluation.intervals import curve
from labelling.prm.reductions import REDUCTIONS

RIGHT: Final = ""  # the answer of all samples graded right: each equals the reference
BASELINES: Final = ("pass@1", "majority", "oracle")
VOTE: Final = "weighted vote"
WAYS: Final = (*REDUCTIONS, VOTE)  # in the order in which they are told
GRAIN: Final = 100  # a vote's weights are rounded to 1/GRAIN, so that sums of them can be counted
MOST_WEIGHED: Final = 100  # samples of a pool in which weighted votes are counted; beyond it takes too long
SHARE: Final = 0.9  # of the problems must have N samples


class NothingToChoose(ValueError):
    """There is no pool of more than one sample; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One sample. ``answer``: what it votes for; RIGHT where it is graded right, None where it has none.

    ``scores``: of its steps by each model, empty where the model has none.
    """

    answer: str | None
    scores: Sequence[Sequence[float]]


Pool = Sequence[Choice]  # of one problem, in the order of its samples


def sizes_for(counts: Iterable[int]) -> list[int]:
    """1, 2, 4, … up to the number of samples that nine problems of ten have, and that number itself."""
    counts = sorted((min(count, subsets.MOST) for count in counts), reverse=True)
    if not counts or counts[0] < len(("one", "another")):
        raise NothingToChoose("No problem has two samples that are graded: there is nothing to choose from.")
    largest = max(2, counts[min(len(counts) - 1, int(SHARE * len(counts)))])
    powers = [2**at for at in range(largest.bit_length()) if 2**at < largest]
    return [*powers, largest]


def selection_figures(
    pools: Iterable[Pool],
    sizes: Sequence[int],
    *,
    models: Mapping[str, str],
    total: int,
    watch: Callable[[int, int], None],
    seed: int = 0,
) -> dict[str, Any]:
    """``baselines`` by name, and ``models``: of each, by way of choosing, a curve over ``sizes`` with its interval.

    ``models``: names in the order of a choice's scores, and the reduction by which each one weighs votes.
    ``total``: pools; those of fewer than the most samples asked for must not be among them.
    """
    found: dict[tuple[str | None, str], list[list[float]]] = {}
    samples = done = 0
    for done, pool in enumerate(pools, start=1):
        samples += len(pool)
        for key, values in _of_pool(pool, sizes, models).items():
            found.setdefault(key, []).append(values)
        watch(done, total)
    # A vote over fewer problems than the rest is another one.
    curves = {key: curve(values, seed=seed) for key, values in found.items() if len(values) == done}
    return {
        "sizes": list(sizes),
        "problems": done,
        "samples": samples,
        "baselines": {way: one for (model, way), one in curves.items() if model is None},
        "models": {name: {way: one for (model, way), one in curves.items() if model == name} for name in models},
    }


def _of_pool(
    pool: Pool, sizes: Sequence[int], models: Mapping[str, str]
) -> Mapping[tuple[str | None, str], list[float]]:
    answers = [one.answer for one in pool]
    right = [answer == RIGHT for answer in answers]
    found: dict[tuple[str | None, str], list[float]] = {
        (None, "pass@1"): subsets.mean_right(right, sizes),
        (None, "majority"): subsets.voted(answers, RIGHT, [1] * len(pool), sizes),
        (None, "oracle"): subsets.any_right(right, sizes),
    }
    for at, (model, own) in enumerate(models.items()):
        for name, reduce in REDUCTIONS.items():
            scores = [reduce(one.scores[at]) if one.scores[at] else -1.0 for one in pool]
            found[model, name] = subsets.first_ranked(right, scores, sizes)
            if name == own and len(pool) <= MOST_WEIGHED:
                weights = [round(GRAIN * max(score, 0.0)) for score in scores]
                found[model, VOTE] = subsets.voted(answers, RIGHT, weights, sizes)
    return found
