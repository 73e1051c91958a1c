"""What a generator is told, and what of its answer is a step. Raters are shown the result as text, never as HTML."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
LONGEST_STEP = 20_000  # characters, as an import allows
SYSTEM = (
    "You solve mathematical problems one step at a time. You are given a problem and the steps so far; write only the "
    "next step: one line of reasoning or one calculation, in one or two sentences. Write formulas in LaTeX between "
    "dollar signs. When the step completes the solution, end it with an empty line, the line '# Answer', an empty line "
    "and the final answer alone."
)
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_NUMBERED = re.compile(r"\A(?:[*_#]*\s*)?(?:next )?step\s+\d+\s*[.:)]\s*[*_]*\s*", re.IGNORECASE)


def messages_of(problem: str, steps: Sequence[str]) -> list[dict[str, str]]:
    """The chat that asks for the step after ``steps``."""
    so_far = "\n".join(f"Step {number}: {step}" for number, step in enumerate(steps, start=1))
    told = f"Problem:\n{problem}\n\nSteps so far:\n{so_far or '(none yet)'}\n\nWrite step {len(steps) + 1}."
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": told}]


def step_of(content: str) -> str | None:
    """The step in a model's words, without its thinking or a number before it; None where nothing usable is left."""
    step = _NUMBERED.sub("", _THINKING.sub("", content).strip()).strip()
    if not step or len(step) > LONGEST_STEP:
        return None
    return None if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in step) else step


def folded(text: str) -> str:
    """Equal for two candidates that a rater could not tell apart."""
    return " ".join(text.split())


def distinct(things: Iterable[T], text: Callable[[T], str]) -> list[T]:
    """The first of those whose texts look alike, in their order."""
    found: dict[str, T] = {}
    for thing in things:
        found.setdefault(folded(text(thing)), thing)
    return list(found.values())
