"""The card of a dataset: what it holds and how it was made, for people, and for ``datasets`` in its first lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from exports.formats.schema import features

CARD: Final = "README.md"


@dataclass(frozen=True)
class Part:
    """One split: its files (as a pattern, from where the card lies), rows, and bytes."""

    name: str
    files: str
    rows: int
    size: int


@dataclass(frozen=True)
class Facts:
    """What a card tells. ``made``: how, as plain values (format, choices, filters, consensus); ``counts``: of what."""

    title: str
    description: str
    shape: type
    parts: Sequence[Part]
    made: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]]
    options: Sequence[tuple[str, str, str]]


def card_of(facts: Facts) -> str:
    """The same facts give the same text: no time is in it."""
    sections = [f"---\n{_front(facts)}---", f"# {facts.title}", facts.description, _rows(facts), _counts(facts)]
    sections += [_options(facts), PEOPLE, LICENCE, _made(facts)]
    return "\n\n".join(section for section in sections if section) + "\n"


PEOPLE: Final = """## People

Raters appear under pseudonyms, if at all: `r-…` is a person, `sim-…` a simulated rater. The names behind them are in
no dataset."""

LICENCE: Final = """## Licence

Not stated. Whoever shares this dataset fills it in, here and as `license:` above; the problems' own licences go on."""


def _front(facts: Facts) -> str:
    """The first lines, in YAML: where each split lies, and its columns."""
    data = {
        "license": "unknown",
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": part.name, "path": part.files} for part in facts.parts],
            }
        ],
        "dataset_info": {
            "features": features(facts.shape),
            "splits": [{"name": part.name, "num_bytes": part.size, "num_examples": part.rows} for part in facts.parts],
        },
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _rows(facts: Facts) -> str:
    lines = [f"| {part.name} | {part.rows:,} | `{part.files}` |" for part in facts.parts]
    return "\n".join(["## Rows", "", "| split | rows | files |", "|---|---|---|", *lines])


def _counts(facts: Facts) -> str:
    lines = [
        f"| {name} | {', '.join(f'{what} {count:,}' for what, count in sorted(counts.items()) if count) or 'none'} |"
        for name, counts in facts.counts.items()
    ]
    return "\n".join(["## What is in it", "", "| | |", "|---|---|", *lines])


def _options(facts: Facts) -> str:
    if not facts.options:
        return ""
    lines = [f"| `{name}` | `{value}` | {meaning} |" for name, value, meaning in facts.options]
    return "\n".join(["## Choices", "", "| choice | value | meaning |", "|---|---|---|", *lines])


def _made(facts: Facts) -> str:
    said = json.dumps(facts.made, ensure_ascii=False, indent=2, sort_keys=True)
    return f"## How it was made\n\n```json\n{said}\n```"
