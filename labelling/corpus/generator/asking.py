"""Candidates for the step after given steps: distinct ones, as many as are wanted where the model has so many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelling.corpus.generator.prompt import distinct, messages_of, step_of
from labelling.corpus.generator.transport import GeneratorFault, post_json

ROUNDS = 3  # askings at most, for models that repeat themselves and servers that give one choice at a time
MOST_TOKENS = 600
TEMPERATURE = 1.0


@dataclass(frozen=True)
class Endpoint:
    """Where an OpenAI-compatible API listens. ``url``: without ``/chat/completions``; ``seconds``: for one asking."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 60


def candidates_ask(endpoint: Endpoint, *, problem: str, steps: Sequence[str], count: int) -> list[str]:
    """At most ``count`` distinct next steps; fewer where the model gives no more. Raises ``GeneratorFault``."""
    found: list[str] = []
    for asking in range(ROUNDS):
        try:
            found = distinct([*found, *_asked(endpoint, problem, steps, count - len(found))], str)
        except GeneratorFault:
            if not asking:
                raise
            break  # what came before is worth having
        if len(found) >= count:
            break
    if not found:
        raise GeneratorFault("answered nothing that is a step", retryable=True)
    return found[:count]


def _asked(endpoint: Endpoint, problem: str, steps: Sequence[str], count: int) -> list[str]:
    body = {
        "model": endpoint.model,
        "messages": messages_of(problem, steps),
        "n": count,
        "temperature": TEMPERATURE,
        "max_tokens": MOST_TOKENS,
    }
    url = f"{endpoint.url.rstrip('/')}/chat/completions"
    answer = post_json(url, body, key=endpoint.key, seconds=endpoint.seconds)
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    if not isinstance(choices, list):
        raise GeneratorFault("answered what is no chat completion", retryable=True)
    return [step for choice in choices[: 2 * count] if (step := _step(choice)) is not None]


def _step(choice: Any) -> str | None:
    """The step of one choice; none of one that was cut off, or of another shape."""
    if not isinstance(choice, Mapping) or choice.get("finish_reason") == "length":
        return None
    message = choice.get("message")
    content = message.get("content") if isinstance(message, Mapping) else None
    return step_of(content) if isinstance(content, str) else None
