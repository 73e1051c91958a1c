"""Made-up labelled steps: sums that hold and sums that don't, enough to train a small model on in a moment."""

import json
import random
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from labelling.prm.embedded.examples import Example
from labelling.prm.embedded.model import Model
from labelling.prm.embedded.storage import model_save
from labelling.prm.embedded.training import train


def sums(problems: int, *, seed: int = 0) -> list[Example]:
    """Eight labelled steps a problem: four that hold and four that don't."""
    random_ = random.Random(seed)
    return [one for _ in range(problems) for one in _problem(random_)]


def _problem(random_: random.Random) -> list[Example]:
    has, buys, price = (random_.randint(11, 90) for _ in range(3))
    problem = f"Ann has {has} eggs and buys {buys} more. Each costs {price} cents. What are all of them worth?"
    total, slip = has + buys, random_.randint(1, 9)
    first = f"She has {has} + {buys} = {total} eggs."
    return [
        Example(problem, (), first, 1.0),
        Example(problem, (), f"We add: {has} + {buys} = {total}", 1.0),
        Example(problem, (), f"She has {has} + {buys} = {total + slip} eggs.", 0.0),
        Example(problem, (), f"We add: {has} + {buys} = {total - slip}", 0.0),
        Example(problem, (first,), f"They are worth {total} * {price} = {total * price} cents.", 1.0),
        Example(problem, (first,), f"So ${total} \\times {price} = {total * price}$.", 1.0),
        Example(problem, (first,), f"They are worth {total} * {price} = {total * price + slip} cents.", 0.0),
        Example(problem, (first,), f"So ${total} \\times {price} = {total * price - slip}$.", 0.0),
    ]


@lru_cache
def small_model() -> Model:
    """Logistic regression on 240 steps."""
    return train(sums(30))


@lru_cache
def small_config() -> dict[str, object]:
    """A configuration of the backend ``embedded``, of a model trained on the spot."""
    folder = Path(mkdtemp(prefix="stepmark-models-"))
    return {"digest": model_save(small_model(), folder), "path": str(folder)}


def row(problem: str, *steps: tuple[str, int | None], **more: Any) -> str:
    """A PRM800K row in which each step has the one candidate, chosen unless it is rated -1."""
    label = {
        "steps": [
            {
                "completions": [{"text": text, "rating": rating, "flagged": False}],
                "human_completion": None,
                "chosen_completion": None if rating == -1 else 0,
            }
            for text, rating in steps
        ],
        "total_time": 1000,
        "finish_reason": more.pop("finish_reason", "found_error"),
    }
    return json.dumps({"labeler": "ada", "question": {"problem": problem}, "label": label, **more})


def rows_of(examples: list[Example]) -> list[str]:
    """The examples as rows, one each, the steps before them unrated."""
    return [
        row(one.problem, *[(text, None) for text in one.before], (one.text, 1 if one.target else -1))
        for one in examples
    ]
