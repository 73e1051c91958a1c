"""The demo world: its mathematics is read back and checked by `latex_checks`, which knows nothing of the generator."""

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction

import pytest

from labelling.corpus.importers.native import parse
from labelling.corpus.importers.records import ImportContext, SampleRecord
from labelling.corpus.world import FAMILIES, GENERATORS, SCORER, WorldSample, make_world, to_native, to_prm800k_row
from labelling.corpus.world.shared import KIND_WEIGHTS, SKIPPED
from tests.corpus.latex_checks import (
    MATHS,
    Letters,
    UnreadableError,
    equations,
    evaluate,
    formulas,
    holds,
    numeric_sides,
)
from tests.corpus.world_truths import SOLVERS, answer, solved_system

SAMPLES = list(make_world(seed=5, problems=25 * len(FAMILIES), samples=12))
FLAWED = [sample for sample in SAMPLES if sample.first_error is not None]
LETTER = re.compile(r"(?<![a-zA-Z\\])[xynt](?![a-zA-Z])")


def is_flawed(sample: WorldSample) -> bool:
    return sample.first_error is not None


def family_of(name: str) -> list[WorldSample]:
    return [sample for sample in SAMPLES if sample.family == name]


def asked(sample: WorldSample) -> list[str]:
    """The two sides of the equation that the problem states."""
    return equations(sample.problem.replace("?$$", "$$").replace("?\\]", "\\]"))[0]


def gap(sides: list[str], letter: str, value: int) -> Fraction:
    at = {letter: Fraction(value)}
    return evaluate(sides[0], at) - evaluate(sides[1], at)


def linear_truths(sample: WorldSample) -> list[Letters]:
    sides = asked(sample)
    letter = LETTER.findall(" ".join(sides))[0]
    zero, one = gap(sides, letter, 0), gap(sides, letter, 1)
    return [{letter: zero / (zero - one)}]


def quadratic_truths(sample: WorldSample) -> list[Letters]:
    sides = asked(sample)
    zero, one, minus = (gap(sides, "x", value) for value in (0, 1, -1))
    a, b = (one + minus) / 2 - zero, (one - minus) / 2
    root = math.isqrt(int(b * b - 4 * a * zero))
    return [{"x": (-b + way * root) / (2 * a), "a": a, "b": b, "c": zero} for way in (-1, 1)]


def system_truths(sample: WorldSample) -> list[Letters]:
    return [solved_system(sample.problem)] if "Solve the system" in sample.problem else [{}]


TRUTHS: dict[str, Callable[[WorldSample], list[Letters]]] = {
    "linear": linear_truths,
    "quadratic": quadratic_truths,
    "systems": system_truths,
}


def truths(sample: WorldSample) -> list[Letters]:
    """The values that the letters have, one mapping for each solution of the problem."""
    return TRUTHS[sample.family](sample) if sample.family in TRUTHS else [{}]


def is_true(text: str, sample: WorldSample) -> bool:
    """Whether every claim that can be read in a step is true of the problem."""
    worlds = truths(sample)
    for sides in equations(text):
        if sample.family in SOLVERS and not worlds[0]:  # a name before the calculation is not known to the reader
            if len(set(numeric_sides(sides))) > 1:
                return False
            continue
        held = [holds(sides, world) for world in worlds]
        one_root = sides[0].strip() == "x" and not any("\\pm" in side for side in sides)
        if not (any(held) if one_root else all(held)):
            return False
    if "two numbers" in text:
        product, total, *pair = (Fraction(found) for found in re.findall(r"\$(-?\d+)\$", text))
        return (math.prod(pair), sum(pair)) == (product, total) == (worlds[0]["c"], worlds[0]["b"])
    return names_all_roots(text, worlds)


def names_all_roots(text: str, worlds: list[Letters]) -> bool:
    named = {evaluate(found) for found in re.findall(r"\$x = ([^$=\\]*|-?\\frac\{\d+\}\{\d+\})\$", text)}
    said = len(worlds) > 1 and any(word in text for word in ("solution", "solved", "Hence $x"))
    return not said or not named or named == {world["x"] for world in worlds}


def stated_value(text: str, family: str) -> Fraction | str:
    """The number a step ends on; the formula as it stands where that is no single number."""
    bare = text.split("\n\n#", maxsplit=1)[0]
    if family == "money":
        numbers = re.sub(r"<<[^>]*>>", "", bare).replace("\\frac", "")
        return Fraction(re.findall(r"\d+(?:\.\d+)?", numbers)[-1])
    last = formulas(bare)[-1].rsplit("=", maxsplit=1)[-1]
    try:
        return evaluate(last)
    except UnreadableError:
        return last


def reference_values(sample: WorldSample) -> list[Fraction | str]:
    steps = sample.reference_solution.split("\n\n# Answer", maxsplit=1)[0].split("\n")
    return [stated_value(step, sample.family) for step in steps]


def words(text: str) -> str:
    return MATHS.sub("", text.split("\n\n#", maxsplit=1)[0])


# What each sentence about a quantity rightly ends on, learnt from the good steps of all solvers of the problem.
RIGHT = {
    (sample.problem, words(text)): stated_value(text, sample.family)
    for sample in SAMPLES
    if sample.family in SOLVERS
    for text in (
        *sample.reference_solution.split("\n\n# Answer", maxsplit=1)[0].split("\n"),
        *(text for text, rating in zip(sample.steps, sample.step_ratings, strict=True) if rating == 1),
        *(each.text for each in sample.alternatives if each.rating == 1),
    )
}


def is_misled(text: str, good: str, sample: WorldSample) -> bool:
    """Whether the quantity that the step names is false, though it may be computed rightly."""
    if sample.family not in SOLVERS:
        return False
    right = RIGHT.get((sample.problem, words(text)), stated_value(good, sample.family))
    return stated_value(text, sample.family) != right


def quadratic_answer(sample: WorldSample) -> list[Fraction]:
    low, high = (world["x"] for world in quadratic_truths(sample))
    by_words = {
        "larger": [high],
        "greatest": [high],
        "smaller solution": [low],
        "least": [low],
        "differ": [high - low],
        "squares": [low * low + high * high],
        "comma": [low, high],
    }
    return next(answer for words, answer in by_words.items() if words in sample.problem)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_states_the_reference_answer_that_the_problem_text_leads_to(family: str) -> None:
    for sample in family_of(family):
        stated = [evaluate(part) for part in sample.reference_answer.strip("()").split(",")]
        if family == "linear":
            expected = [next(iter(linear_truths(sample)[0].values()))]
        elif family == "quadratic":
            expected = quadratic_answer(sample)
        elif family in SOLVERS:
            expected = answer(family, sample.problem)
        else:
            formula = re.search(r"\$(.+?)\$|\\\[(.+?)\\\]", sample.problem)
            assert formula
            expected = [evaluate(formula[1] or formula[2])]
        assert stated == expected, sample.problem


@pytest.mark.parametrize("family", FAMILIES)
def test_it_makes_no_false_claim_in_a_step_rated_positive_or_neutral(family: str) -> None:
    read = 0
    for sample in family_of(family):
        for text, rating in zip(sample.steps, sample.step_ratings, strict=True):
            if rating in {0, 1}:
                assert is_true(text, sample), (sample.problem, text)
                read += len(equations(text))
    assert read > 500


@pytest.mark.parametrize("family", SOLVERS)
def test_it_reaches_the_reference_values_in_the_good_steps_of_a_planned_solution(family: str) -> None:
    for sample in family_of(family):
        good = [text for text, rating in zip(sample.steps, sample.step_ratings, strict=True) if rating == 1]
        values = [stated_value(text, family) for text in good]
        reference = iter(reference_values(sample))  # a solver who leaves a step out later passes over its value
        assert all(value in reference for value in values), sample


@pytest.mark.parametrize("family", FAMILIES)
def test_it_claims_something_false_in_every_step_and_alternative_rated_negative(family: str) -> None:
    checked = 0
    for sample in (sample for sample in FLAWED if sample.family == family):
        assert sample.first_error is not None
        good = [each.text for each in sample.alternatives if each.rating == 1]
        bad = [each.text for each in sample.alternatives if each.rating == -1]
        assert good
        assert bad
        for text in (sample.steps[sample.first_error], *bad):
            assert is_misled(text, good[0], sample) or not is_true(text, sample), (sample.problem, text)
            checked += 1
        assert all(is_true(text, sample) for text in good), (sample.problem, good)
    assert checked > 100


@pytest.mark.parametrize("family", FAMILIES)
def test_it_works_on_consistently_after_the_first_error(family: str) -> None:
    for sample in (sample for sample in FLAWED if sample.family == family):
        assert sample.first_error is not None
        repeats = sample.steps[sample.first_error + 1 : sample.first_error + 2]
        for text in sample.steps[sample.first_error + 1 :]:
            if text in repeats and text.startswith(("To repeat", "So, again", "As we have")):
                continue
            for sides in equations(text):
                assert len(set(numeric_sides(sides))) <= 1, (sample.problem, text)


def test_it_ends_every_solution_with_its_answer_in_a_box() -> None:
    for sample in SAMPLES:
        last = sample.steps[-1]
        assert f"\\boxed{{{sample.answer}}}" in last
        assert "# Answer" not in last or last.endswith(f"\n\n# Answer\n\n{sample.answer}")
        assert not any("\\boxed" in step for step in sample.steps[:-1])
    assert 0.15 < sum("# Answer" in sample.steps[-1] for sample in SAMPLES) / len(SAMPLES) < 0.35


def test_it_rates_up_to_the_first_error_and_no_further() -> None:
    for sample in SAMPLES:
        end = len(sample.steps) if sample.first_error is None else sample.first_error
        assert set(sample.step_ratings[:end]) <= {0, 1}
        assert sample.step_ratings[end : end + 1] == ((-1,) if sample.first_error is not None else ())
        assert set(sample.step_ratings[end + 1 :]) <= {None}
        assert (sample.first_error is None) == (sample.error_kind is None) == (not sample.alternatives)
        assert len(sample.scores) == len(sample.steps)
        assert all(0 < score < 1 for score in sample.scores)
        assert sample.is_right or sample.first_error is not None


def test_it_offers_alternatives_that_all_differ_from_the_step() -> None:
    for sample in FLAWED:
        assert sample.first_error is not None
        texts = [sample.steps[sample.first_error], *(each.text for each in sample.alternatives)]
        assert len(set(texts)) == len(texts)


def test_it_leaves_no_mark_unfilled_and_no_number_without_its_plural() -> None:
    for sample in SAMPLES:
        whole = "\n".join((sample.problem, *sample.steps, *(each.text for each in sample.alternatives)))
        assert not re.search(r"\{(eq|value|box|shown|work|x|m|sum|product|equation|formula)\}", whole), whole
        assert not re.search(r"(?<![\d.}])1\$? (weeks|hours|dollars|muffins|cookies)\b", whole), whole
        assert not re.search(r"\b(?:\+ -|- -|--|  )", whole), whole


def test_it_puts_a_blank_before_every_plain_dollar_so_that_money_cannot_close_a_formula() -> None:
    plain = 0
    for sample in family_of("money"):
        amounts = re.findall(r"(.)\$\d", sample.problem)
        plain += len(amounts)
        assert set(amounts) <= {" "}
    assert plain > 500


def test_it_is_right_about_half_the_time_and_fools_a_majority() -> None:
    by_problem = defaultdict(list)
    for sample in make_world(seed=8, problems=420, samples=12):
        by_problem[sample.problem].append(sample)
    groups = list(by_problem.values())
    flat = [sample for group in groups for sample in group]
    wrong = [sample for sample in flat if not sample.is_right]
    lucky = [sample for sample in flat if sample.is_right and sample.first_error is not None]
    majority = [Counter(sample.answer for sample in group).most_common(1)[0][0] for group in groups]
    best = [max(group, key=lambda sample: math.prod(sample.scores)).is_right for group in groups]
    voted = sum(answer == group[0].reference_answer for answer, group in zip(majority, groups, strict=True))
    assert len(groups) == 420
    assert 0.25 < 1 - len(wrong) / len(flat) < 0.55
    assert voted < 0.8 * len(groups)
    assert 0.04 < len(lucky) / len(flat) < 0.12
    assert 0.1 < sum(math.prod(sample.scores) > 0.7 for sample in wrong) / len(wrong) < 0.4
    assert voted < sum(best) < 0.9 * len(groups)
    assert any(all(sample.is_right for sample in group) for group in groups)


def test_it_skips_quantities_in_many_families_and_is_then_shorter() -> None:
    for family in SOLVERS:
        skipping = [sample for sample in family_of(family) if sample.error_kind == SKIPPED]
        assert len(skipping) >= 10, family
    skipping = [sample for sample in SAMPLES if sample.error_kind == SKIPPED and sample.family != "money"]
    missing = [len(s.reference_solution.split("\n\n#")[0].split("\n")) - len(s.steps) for s in skipping]
    assert sum(steps >= 1 for steps in missing) / len(missing) > 0.3


def test_it_knows_every_kind_of_error_and_neutral_steps() -> None:
    kinds = Counter(sample.error_kind for sample in FLAWED)
    assert set(kinds) == set(KIND_WEIGHTS)
    assert min(kinds.values()) > 50
    assert 0.02 < sum(0 in sample.step_ratings for sample in SAMPLES) / len(SAMPLES) < 0.3


def test_it_gives_rows_of_prm800k_to_train_on() -> None:
    for sample in SAMPLES[:300]:
        row = json.loads(json.dumps(to_prm800k_row(sample)))
        steps = row["label"]["steps"]
        assert (row["labeler"], row["is_quality_control_question"]) == ("world", False)
        assert [step["completions"][0]["rating"] for step in steps] == [r for r in sample.step_ratings if r is not None]
        assert [step["completions"][0]["text"] for step in steps] == list(sample.steps[: len(steps)])
        assert [step["chosen_completion"] for step in steps] == [0] * (len(steps) - 1) + [
            None if is_flawed(sample) else 0
        ]
        assert len(steps[-1]["completions"]) == 1 + len(sample.alternatives)
        assert row["question"]["pre_generated_steps"] == list(sample.steps)
        assert row["label"]["finish_reason"] == ("found_error" if is_flawed(sample) else "solution")


def test_it_poses_the_same_problems_of_a_family_whichever_others_are_asked_for() -> None:
    alone = {sample.problem for sample in make_world(seed=3, problems=4, samples=1, families=["ages"])}
    mixed = list(make_world(seed=3, problems=8, samples=1, families=["linear", "ages"]))
    assert alone == {sample.problem for sample in mixed if sample.family == "ages"}


def test_it_makes_the_stronger_generator_right_more_often() -> None:
    rights = [[sample.is_right for sample in SAMPLES if sample.generator == each.name] for each in GENERATORS]
    shares = [sum(right) / len(right) for right in rights]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.1


def test_it_only_adds_samples_when_more_are_asked_for() -> None:
    few = list(make_world(seed=3, problems=6, samples=2))
    many = list(make_world(seed=3, problems=8, samples=5))
    assert few == [sample for sample in many if sample.sample_index < 2][: len(few)]
    assert few != list(make_world(seed=4, problems=6, samples=2))


def test_it_makes_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib, json; from labelling.corpus.world import make_world, to_native;"
        "rows = [json.dumps(to_native(each)) for each in make_world(seed=2, problems=40, samples=3)];"
        "print(hashlib.sha256('\\n'.join(rows).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    rows = [json.dumps(to_native(each)) for each in make_world(seed=2, problems=40, samples=3)]
    assert there.stdout.strip() == hashlib.sha256("\n".join(rows).encode()).hexdigest()


def test_it_writes_lines_that_the_native_importer_reads_back() -> None:
    for sample in SAMPLES[:400]:
        (record,) = parse(json.loads(json.dumps(to_native(sample))), ImportContext())
        assert isinstance(record, SampleRecord)
        assert (record.problem, record.steps) == (sample.problem, sample.steps)
        assert (record.generator, record.sample_index) == (sample.generator, sample.sample_index)
        assert record.scores == {SCORER: sample.scores}
        assert record.meta["step_ratings"] == list(sample.step_ratings)
        failing = {sample.first_error: tuple(each.text for each in sample.alternatives)} if sample.alternatives else {}
        assert record.alternatives == failing


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 + 3 \\times 4", 14), ("-3(2 - 5)", 9), ("\\frac{3}{4} \\div \\frac{1}{2}", "3/2"), ("(-2)^2 - 4", 0)],
)
def test_its_checker_reads_mathematics(text: str, value: int | str) -> None:
    assert evaluate(text) == Fraction(value)
    assert not holds([text, f"{value} + 1"], {})


def test_twins_get_the_same_scores_as_a_model_would_give_them() -> None:
    scores: dict[tuple[str, ...], set[tuple[float, ...]]] = {}
    for sample in make_world(seed=20230531, problems=60, samples=8):
        scores.setdefault((sample.problem, *sample.steps), set()).add(sample.scores)
    assert len(scores) < 480
    assert all(len(each) == 1 for each in scores.values())
