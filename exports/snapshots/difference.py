"""What has changed between two snapshots: settings, and label by label, read side by side in flat memory."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import IO, Any, Final

import msgspec

from exports.snapshots.finding import Found
from exports.snapshots.manifest import LEDGER, MANIFEST, decoded, digest

#: Not settings, but what came of them.
_RESULTS: Final = ("files", "counts", "standing", "rows")
_SAMPLE: Final = ("problem", "generator", "source", "index")
#: Facts of an annotation that say nothing of its labels: they are told with a change, and alone are none.
_UNCOUNTED: Final = frozenset({"split"})
KEPT: Final = 1_000  # changes kept in words; all are counted


@dataclass(frozen=True)
class Change:
    """One annotation or sample. ``before`` and ``after``: the facts that differ; None where it is not in."""

    who: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why: str = ""


@dataclass
class Difference:
    """``settings``: name → both values. ``counts``: added, removed, changed, same."""

    first: str
    second: str
    settings: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("added", "removed", "changed", "same"), 0))
    changes: list[Change] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return self.first == self.second


def diff_snapshots(first: Found, second: Found) -> Difference:
    """Raises ``OSError`` and ``exports.snapshots.manifest.Broken``."""
    manifests = []
    for one in (first, second):
        with one.open(MANIFEST) as file:
            manifests.append(file.read())
    told = Difference(digest(manifests[0]), digest(manifests[1]))
    if told.same:
        return told
    settings = [dict(_flat("", decoded(one))) for one in manifests]
    for name in sorted({*settings[0], *settings[1]}):
        both = (settings[0].get(name), settings[1].get(name))
        if both[0] != both[1]:
            told.settings[name] = both
    with first.open(LEDGER) as before, second.open(LEDGER) as after:
        for change in _side_by_side(_entries(before), _entries(after)):
            _count(told, change)
    return told


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if name or key not in _RESULTS:
                yield from _flat(f"{name}.{key}" if name else key, inner)
    else:
        yield name, value


_Entry = tuple[tuple[Any, ...], dict[str, Any] | None, str]


def _entries(ledger: IO[bytes]) -> Iterator[_Entry]:
    """(key, the line that is in or None, why it is not), one a lease or sample, in order."""
    decode = msgspec.json.Decoder().decode
    lines = ((_key(line), line) for line in map(decode, ledger))
    for key, found in groupby(lines, key=itemgetter(0)):
        held, why = None, ""
        for _, line in found:
            if line.pop("in"):
                held = line
            else:
                why = line["why"]
        yield key, held, why


def _key(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return (line["lease"],) if "lease" in line else tuple(line[name] for name in _SAMPLE)


def _side_by_side(first: Iterator[_Entry], second: Iterator[_Entry]) -> Iterator[tuple[_Entry | None, _Entry | None]]:
    one, other = next(first, None), next(second, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            yield one, None
            one = next(first, None)
        elif one is None or other[0] < one[0]:
            yield None, other
            other = next(second, None)
        else:
            yield one, other
            one, other = next(first, None), next(second, None)


def _count(told: Difference, both: tuple[_Entry | None, _Entry | None]) -> None:
    before, after = (None if entry is None else entry[1] for entry in both)
    if before is None and after is None:
        return
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        kind = "changed" if set(names) - _UNCOUNTED else "same"
        change = Change(_who(before), _part(before, names), _part(after, names))
    elif before is None:
        assert after is not None  # noqa: S101  one of them is there
        kind, change = "added", Change(_who(after), None, _part(after, _LABELS))
    else:
        why = both[1][2] if both[1] is not None else ""
        kind, change = "removed", Change(_who(before), _part(before, _LABELS), None, why)
    told.counts[kind] += 1
    if kind != "same" and len(told.changes) < KEPT:
        told.changes.append(change)


_LABELS: Final = ("version", "finish_reason", "first_error", "ratings", "verdict")
_WHO: Final = ("lease", "campaign", "round", "rater", "problem", "solution", "generator", "source", "index")


def _who(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in _WHO if name in line}


def _part(line: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: line[name] for name in names if name in line}


def told_in_words(change: Change) -> str:
    """One line: who, and what became of it."""
    who = change.who
    named = f"lease {who['lease']} by {who['rater']}" if "lease" in who else f"{who['generator']} {who['index']}"
    place = f"{named}, problem {who['problem']}"
    if change.before is None:
        return f"+ {place}: {_facts(change.after)}"
    if change.after is None:
        return f"- {place}: {_facts(change.before)}" + (f" (now {change.why})" if change.why else "")
    labels = _steps(change.before.get("ratings"), change.after.get("ratings"))
    rest = [
        f"{name} {json.dumps(change.before.get(name))} → {json.dumps(change.after.get(name))}"
        for name in change.after
        if name not in ("ratings", "document", "annotation")
    ]
    return f"~ {place}: {'; '.join([*labels, *rest]) or 'its document'}"


def _steps(before: Any, after: Any) -> Iterator[str]:
    if before is None or after is None:
        return
    for at in range(max(len(before), len(after))):
        one, other = (_rating(ratings, at) for ratings in (before, after))
        if one != other:
            yield f"step {at + 1} {one} → {other}"


def _rating(ratings: Any, at: int) -> str:
    return "not judged" if at >= len(ratings) else "flagged" if ratings[at] is None else f"{ratings[at]:+d}"


def _facts(facts: Any) -> str:
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in facts.items())
