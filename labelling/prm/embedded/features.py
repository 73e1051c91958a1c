"""Dense features of a step in its context: the problem and the steps before it, never those after it.

``FEATURE_VERSION`` names the whole recipe. A model remembers the one it was trained with; change anything that alters
a figure, and count it up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from labelling.prm.embedded.equations import Findings, Known, check
from labelling.prm.embedded.reading import Context, Read, read
from labelling.prm.embedded.roles import Roles, roles_of, topic_of
from labelling.prm.embedded.words import CUES, NUMBER_WORDS, TOPICS, VERBS

FEATURE_VERSION: Final = 2
_KNOWN_LIMIT: Final = 24  # numbers that a new one is tried to be made from
_SMALL: Final = 12
_LARGEST: Final = 1e12
_EARLIER: Final = 12  # steps that are looked back on for repetition
_OPS: Final = "+-*/^"


@dataclass(frozen=True, slots=True)
class Step:
    """A step looked at: its features, in FEATURE_NAMES' order, and what it adds to the next one's context."""

    features: list[float]
    roles: Roles
    read: Read
    known: Known
    results: frozenset[float]
    false: int


@lru_cache(maxsize=256)  # a problem's samples come one after another
def context_of(problem: str) -> Context:
    """Return the context of a solution's first step."""
    taken = read(problem)
    given = frozenset(taken.numbers) | {NUMBER_WORDS[word] for word in taken.vocabulary & NUMBER_WORDS.keys()}
    known = Known()
    check(taken.tokens, known)
    asked = tuple(dict.fromkeys(taken.numbers))
    return Context(taken, _of_problem(taken), asked, topic_of(taken), given, known, vocabulary=taken.vocabulary)


def _of_problem(problem: Read) -> list[float]:
    return [
        math.log1p(len(problem.words)),
        math.log1p(len(problem.numbers)),
        float("$" in problem.text or "\\" in problem.text),
        max((math.log1p(number) for number in problem.numbers), default=0.0),
        *(float(len(problem.vocabulary & words)) for words in VERBS.values()),
        *(float(len(problem.vocabulary & words)) for words in TOPICS.values()),
    ]


PROBLEM_NAMES: Final = (
    "problem_words", "problem_numbers", "problem_maths", "problem_largest",
    *(f"problem_{name}" for name in VERBS), *(f"problem_{name}" for name in TOPICS),
)  # fmt: skip


def _of_equations(findings: Findings, context: Context) -> list[float]:
    bad = findings.false + findings.differ + findings.breaks
    good = findings.true + findings.agree + findings.fits + findings.identities
    return [
        min(findings.true, 4), min(findings.false, 3), min(findings.trivial, 3), min(findings.identities, 3),
        min(findings.agree, 3), min(findings.differ, 3), min(findings.fits, 3), min(findings.breaks, 3),
        min(findings.restated, 3), min(findings.fresh, 3), min(findings.open, 4),
        good - bad, float(bad > 0), float(good > 0 and bad == 0),
        min(context.false, 3),
    ]  # fmt: skip


EQUATION_NAMES: Final = (
    "true", "false", "trivial", "identities", "agree", "differ", "fits", "breaks", "restated", "fresh", "open",
    "balance", "some_bad", "all_good", "false_before",
)  # fmt: skip


def _of_numbers(step: Read, results: frozenset[float], context: Context) -> list[float]:
    given = from_earlier = made = small = nowhere = 0
    for number in step.numbers:
        if number in context.given:
            given += 1
        elif number in context.found:
            from_earlier += 1
        elif number in results:
            made += 1
        elif number <= _SMALL and number == int(number):
            small += 1
        else:
            nowhere += 1
    total = len(step.numbers)
    strange = _strange(step, results, context)
    used = len(context.given & (context.found | set(step.numbers)))
    return [
        min(total, 30), given, from_earlier, made, small, nowhere, min(strange, 5),
        nowhere / (1 + total), strange / (1 + total), (given + from_earlier) / (1 + total),
        used / (1 + len(context.given)), float(bool(step.numbers) and step.numbers[-1] in context.found),
        float(bool(step.numbers) and step.numbers[-1] in context.given),
        max((math.log1p(number) for number in step.numbers), default=0.0),
        sum(number != int(number) for number in step.numbers),
        len(context.given - context.found - set(step.numbers)),
        len(set(step.numbers) & context.results),
    ]  # fmt: skip


NUMBER_NAMES: Final = (
    "numbers", "given", "from_earlier", "made", "small", "nowhere", "strange",
    "nowhere_share", "strange_share", "sourced_share", "used_share", "last_is_earlier", "last_is_given",
    "largest", "decimals", "unused", "results_used",
)  # fmt: skip


def _strange(step: Read, results: frozenset[float], context: Context) -> int:
    """How many numbers are not even one operation away from two known ones."""
    sources = context.given | context.found | results
    known = sorted(sources)[:_KNOWN_LIMIT]
    return sum(not _derived(number, known, sources) for number in set(step.numbers) - sources if number > _SMALL)


def _derived(number: float, known: Sequence[float], sources: frozenset[float]) -> bool:
    for one in known:
        if abs(number - one) in sources or round(number + one, 9) in sources:
            return True
        if one and (round(number / one, 9) in sources or round(number * one, 9) in sources):
            return True
        if number and round(one / number, 9) in sources:
            return True
    return False


def _of_operators(step: Read, context: Context) -> list[float]:
    used = dict.fromkeys(_OPS, 0)
    for token in step.tokens:
        if token.kind == "op" and token.text in used:
            used[token.text] += 1
    features = [float(min(used[op], 5)) for op in _OPS]
    for verb in VERBS:
        asked = bool(context.problem.vocabulary & VERBS[verb])
        features += [float(used[op] > 0) * (1.0 if asked else -1.0) for op in _PAIRED[verb]]
    return features


_PAIRED: Final = {"adds": "+", "takes": "-", "times": "*/", "shares": "/*"}
OPERATOR_NAMES: Final = (
    "op_plus", "op_minus", "op_times", "op_over", "op_power",
    *(f"{verb}_{'plus' if op == '+' else 'minus' if op == '-' else 'times' if op == '*' else 'over'}"
      for verb in VERBS for op in _PAIRED[verb]),
)  # fmt: skip


def _of_place(step: Read, context: Context) -> list[float]:
    before = context.earlier[-1] if context.earlier else None
    size = len(step.vocabulary)
    overlaps = [len(step.vocabulary & one.vocabulary) / (1 + size) for one in context.earlier]
    fresh = step.vocabulary - context.vocabulary
    return [
        math.log1p(context.position), float(context.position == 0),
        math.log1p(len(step.words)), math.log1p(len(step.text)),
        math.log1p(len(before.words)) if before else 0.0,
        float(any(step.text == one.text for one in context.earlier)),
        overlaps[-1] if overlaps else 0.0, max(overlaps, default=0.0),
        len(step.vocabulary & context.problem.vocabulary) / (1 + size), len(fresh) / (1 + size), float(len(fresh)),
        math.log1p(context.words),
    ]  # fmt: skip


PLACE_NAMES: Final = (
    "position", "first", "length", "characters", "length_before", "repeated", "overlap_before", "overlap_most",
    "overlap_problem", "fresh_share", "fresh_words", "length_so_far",
)  # fmt: skip


def _of_style(step: Read) -> list[float]:
    text = step.text
    letters = sum(map(str.isalpha, text))
    variables = {token.text for token in step.tokens if token.kind == "name"}
    return [
        float(bool(text) and text.rstrip().endswith("?")), float(text.rstrip()[-1:].isalnum()), float("!" in text),
        letters / (1 + len(text)), float(text.count("$") % 2), float(text.count("(") != text.count(")")),
        float("boxed" in text or "# Answer" in text or "answer is" in text.lower()),
        float(text.count("=")), float(text.count("\\")), float(text.count("\n")), float(len(variables)),
        float("<" in text or ">" in text or "\\le" in text or "\\ge" in text),
        *(float(step.words[0] in words if step.words else False) for words in CUES.values()),
        *(float(len(step.vocabulary & words)) for words in CUES.values()),
    ]  # fmt: skip


STYLE_NAMES: Final = (
    "asks_mark", "no_stop", "exclaims", "letters_share", "dollars_odd", "brackets_odd", "answers",
    "equals", "commands", "lines", "variables", "compares",
    *(f"starts_{name}" for name in CUES), *(f"has_{name}" for name in CUES),
)  # fmt: skip

FEATURE_NAMES: Final = PROBLEM_NAMES + EQUATION_NAMES + NUMBER_NAMES + OPERATOR_NAMES + PLACE_NAMES + STYLE_NAMES


def step_of(text: str, context: Context) -> Step:
    """Look at a step that follows in ``context``."""
    step, known = read(text), context.known.copy()
    findings = check(step.tokens, known)
    results = frozenset(round(float(value), 9) for value in findings.worked if abs(float(value)) < _LARGEST)
    row = [
        *context.problem_features,
        *_of_equations(findings, context),
        *_of_numbers(step, results, context),
        *_of_operators(step, context),
        *_of_place(step, context),
        *_of_style(step),
    ]
    return Step(
        row,
        roles_of(step, findings.lefts, context),
        step,
        known,
        results,
        findings.false + findings.breaks + findings.differ,
    )


def context_after(context: Context, step: Step) -> Context:
    """Return the context of what follows ``step``."""
    return replace(
        context,
        known=step.known,
        earlier=(*context.earlier, step.read)[-_EARLIER:],
        found=context.found.union(step.read.numbers),
        results=context.results | step.results,
        vocabulary=context.vocabulary | step.read.vocabulary,
        words=context.words + len(step.read.words),
        position=context.position + 1,
        false=context.false + step.false,
    )
