"""The demo set: made-up problems with step-by-step solutions whose every rating is known to be right.

A seeded world: the same seed gives the same samples in every process, and asking for more problems or samples only
adds to them. Solvers of one problem share misconceptions, so that a majority can be wrong; recorded scores are made
up, and now and then an error is scored as if it were fine. To add a family: one file with `draw`, one line in
`FAMILIES`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from labelling.corpus.world import (
    ages,
    averages,
    counting,
    divisors,
    fraction_sums,
    geometry,
    linear,
    money,
    percentages,
    probability,
    quadratic,
    rates,
    sequences,
    systems,
)
from labelling.corpus.world.shared import KIND_WEIGHTS, Draft, Draw, Line, Slip, Task, chance

FAMILIES: dict[str, Draw] = {
    "linear": linear.draw,
    "quadratic": quadratic.draw,
    "fraction-sums": fraction_sums.draw,
    "money": money.draw,
    "divisors": divisors.draw,
    "counting": counting.draw,
    "probability": probability.draw,
    "sequences": sequences.draw,
    "geometry": geometry.draw,
    "systems": systems.draw,
    "percentages": percentages.draw,
    "rates": rates.draw,
    "averages": averages.draw,
    "ages": ages.draw,
}
SOURCE = "demo-world"
SCORER = "demo-recorded"
LABELER = "world"

STALLS = (
    "Let me think about how to go on from here.",
    "Good, we are making progress.",
    "Okay, let me look at this again before I continue.",
    "That went well, so let's continue.",
    "Alright, let's keep going.",
)
REPEATS = ("To repeat, we have {claim}.", "So, again: {claim}.", "As we have just seen, we have {claim}.")


@dataclass(frozen=True, slots=True)
class Generator:
    """A made-up solver: how often it errs on its own, falls for the problem's trap, and stalls."""

    name: str
    errs: float
    trapped: float
    stalls: float


GENERATORS = (
    Generator("demo-small", errs=0.46, trapped=1.15, stalls=0.3),
    Generator("demo-medium", errs=0.33, trapped=1.0, stalls=0.2),
    Generator("demo-large", errs=0.2, trapped=0.8, stalls=0.15),
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another candidate for the failing step, with its true rating (+1 or −1)."""

    text: str
    rating: int


@dataclass(frozen=True, slots=True)
class WorldSample:
    """One solution and the truth about it.

    `step_ratings` are in first-error terms: None after the first −1. `alternatives` belong to the step `first_error`.
    `scores` are the made-up P(step is not an error), one a step.
    """

    family: str
    problem: str
    reference_answer: str
    reference_solution: str
    generator: str
    sample_index: int
    steps: tuple[str, ...]
    step_ratings: tuple[int | None, ...]
    first_error: int | None
    error_kind: str | None
    answer: str
    alternatives: tuple[Alternative, ...]
    scores: tuple[float, ...]

    @property
    def is_right(self) -> bool:
        return self.answer == self.reference_answer


@dataclass(frozen=True, slots=True)
class Posed:
    """One problem with what is particular to it: its difficulty, its trap, and whether the scorer falls for that."""

    family: str
    task: Task
    solution: str
    difficulty: float
    trap: Slip | None
    pull: float
    fools_scorer: bool


def make_world(
    *, seed: int, problems: int, samples: int, families: Sequence[str] = tuple(FAMILIES)
) -> Iterator[WorldSample]:
    """`samples` solutions for each of `problems` different problems, problem after problem, the families in turn.

    Each family has its own chance: a family's problems for a seed do not depend on which others are asked for.
    """
    seen: set[str] = set()
    for number in range(problems):
        family, turn = families[number % len(families)], number // len(families)
        posed = _pose(family, _seeded(seed, family, turn), seen)
        for index in range(samples):
            yield _sample(posed, index, _seeded(seed, family, turn, index))


def to_native(sample: WorldSample) -> dict[str, object]:
    """The sample as one line of the native JSONL format; the truth about it goes into `meta`."""
    alternatives = {str(sample.first_error): [each.text for each in sample.alternatives]} if sample.alternatives else {}
    return {
        "problem": sample.problem,
        "reference_answer": sample.reference_answer,
        "reference_solution": sample.reference_solution,
        "generator": sample.generator,
        "source": SOURCE,
        "sample_index": sample.sample_index,
        "steps": list(sample.steps),
        "alternatives": alternatives,
        "scores": {SCORER: list(sample.scores)},
        "meta": {
            "family": sample.family,
            "step_ratings": list(sample.step_ratings),
            "alternative_ratings": {each.text: each.rating for each in sample.alternatives},
            "error_kind": sample.error_kind,
        },
    }


def to_prm800k_row(sample: WorldSample) -> dict[str, object]:
    """The truth as a row of PRM800K's shape, to train on: ratings up to the first error, the alternatives there."""
    finish = "found_error" if sample.first_error is not None else "solution"
    return {
        "labeler": LABELER,
        "timestamp": "2000-01-01T00:00:00.000000",
        "generation": None,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": sample.problem,
            "ground_truth_solution": sample.reference_solution,
            "ground_truth_answer": sample.reference_answer,
            "pre_generated_steps": list(sample.steps),
            "pre_generated_answer": sample.answer,
            "pre_generated_verifier_score": None,
        },
        "label": {"steps": _label_steps(sample), "total_time": 0, "finish_reason": finish},
    }


def _label_steps(sample: WorldSample) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for at, (text, rating) in enumerate(zip(sample.steps, sample.step_ratings, strict=True)):
        if rating is None:
            break
        others = sample.alternatives if at == sample.first_error else ()
        completions = [Alternative(text, rating), *others]
        steps.append(
            {
                "completions": [{"text": each.text, "rating": each.rating, "flagged": False} for each in completions],
                "human_completion": None,
                "chosen_completion": None if rating == -1 else 0,
            }
        )
    return steps


def _draw_new(draw: Draw, rng: Random, seen: set[str]) -> Task:
    for _ in range(1000):
        task = draw(rng)
        if task.problem not in seen:
            seen.add(task.problem)
            return task
    raise ValueError("This family has no further problems that differ from the ones made; ask for fewer problems.")


def _pose(family: str, rng: Random, seen: set[str]) -> Posed:
    task = _draw_new(FAMILIES[family], rng, seen)
    traps = [slip for slip in task.slips if slip.shared]
    return Posed(
        family=family,
        task=task,
        solution="\n".join(line.text for line in task.write(rng, None).lines),
        difficulty=rng.uniform(0.3, 2.0),
        trap=_pick(traps, rng) if chance(rng, 0.62) else None,
        pull=rng.uniform(0.3, 0.75),
        fools_scorer=chance(rng, 0.45),
    )


def _seeded(*parts: int | str) -> Random:
    """Seeded by text: Python hashes it with SHA-512, alike in every process."""
    return Random(f"stepmark world {parts}")  # noqa: S311 -- made-up problems, no secrets


def _sample(posed: Posed, index: int, rng: Random) -> WorldSample:
    generator = GENERATORS[index % len(GENERATORS)]
    slip = _slip(posed, generator, rng)
    draft = posed.task.write(rng, slip)
    lines = _with_stalls(draft, generator, rng)
    error = next((at for at, (line, _) in enumerate(lines) if line.kind), None)
    steps = tuple(line.text for line, _ in lines)
    scorer = _scorer(posed.task.problem, steps)
    noticed = None if chance(scorer, 0.85 if posed.fools_scorer and slip == posed.trap else 0.15) else error
    return WorldSample(
        family=posed.family,
        problem=posed.task.problem,
        reference_answer=posed.task.answer,
        reference_solution=posed.solution,
        generator=generator.name,
        sample_index=index,
        steps=steps,
        step_ratings=tuple(_rating(at, rating, error) for at, (_, rating) in enumerate(lines)),
        first_error=error,
        error_kind=slip.kind if slip else None,
        answer=draft.answer,
        alternatives=_alternatives(lines[error][0], rng) if error is not None else (),
        scores=tuple(_score(scorer, at, rating, noticed) for at, (_, rating) in enumerate(lines)),
    )


def _scorer(problem: str, steps: Sequence[str]) -> Random:
    """Chance for the made-up scorer, from the text alone: a PRM gives identical texts identical scores."""
    return Random(hashlib.sha256("\n".join([problem, *steps]).encode()).digest())  # noqa: S311  no secret


def _slip(posed: Posed, generator: Generator, rng: Random) -> Slip | None:
    if posed.trap and chance(rng, posed.pull * generator.trapped):
        return posed.trap
    return _pick(posed.task.slips, rng) if chance(rng, posed.difficulty * generator.errs) else None


def _pick(slips: Sequence[Slip], rng: Random) -> Slip | None:
    """A slip by the weight of its kind; within a kind all are equally likely."""
    kinds = list(dict.fromkeys(slip.kind for slip in slips))
    if not kinds:
        return None
    kind = rng.choices(kinds, [KIND_WEIGHTS[kind] for kind in kinds])[0]
    return rng.choice([slip for slip in slips if slip.kind == kind])


def _with_stalls(draft: Draft, generator: Generator, rng: Random) -> list[tuple[Line, int]]:
    """The lines with the rating each would get on its own; a line that stalls or repeats comes in at times."""
    lines = [(line, -1 if line.kind else 1) for line in draft.lines]
    if chance(rng, generator.stalls):
        at = rng.randrange(1, len(lines))
        repeat = rng.choice(REPEATS).replace("{claim}", lines[at - 1][0].claim)
        text = repeat if chance(rng, 0.5) else rng.choice(STALLS)
        lines.insert(at, (Line(text=text, claim=""), 0))
    return lines


def _rating(at: int, rating: int, error: int | None) -> int | None:
    return rating if error is None or at <= error else None


def _alternatives(line: Line, rng: Random) -> tuple[Alternative, ...]:
    options = [Alternative(text, 1) for text in line.good] + [Alternative(text, -1) for text in line.bad]
    rng.shuffle(options)
    return tuple(options)


# Shapes of the beta distributions that scores are drawn from.
FINE, STALLING, FALSE_ALARM, CAUGHT, WARY = (60.0, 1.8), (40.0, 2.5), (9.0, 4.0), (3.0, 5.0), (5.0, 4.0)


def _score(rng: Random, at: int, rating: int, error: int | None) -> float:
    """High for good steps with a rare false alarm, low for the error, wary after it; `error` None: none is noticed."""
    if error is None or at < error:
        shape = FALSE_ALARM if chance(rng, 0.04) else STALLING if rating == 0 else FINE
    else:
        shape = CAUGHT if at == error else WARY
    return min(0.9999, max(0.0001, round(rng.betavariate(*shape), 4)))
