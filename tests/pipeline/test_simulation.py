"""The plain part: do simulated raters do what their profiles state? Thousands of draws, within three sigma."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from labelling.corpus.text import hide_calculator_marks
from labelling.corpus.world import make_world
from labelling.pipeline.management.commands import seed_demo
from labelling.pipeline.simulation import PROFILES, BadProfile, Judgement, Profile, Truth, judge, profiles_from_json
from labelling.pipeline.simulation.judging import NO_ERROR, judge_alternatives, judge_every_step
from labelling.pipeline.simulation.work import Session, SimulationFault, question_key
from labelling.rating.validation import Rules, judgement_of

DRAWS = 4_000
TRUTHS = [
    Truth.of_ratings([1, 1, 0, -1, None, None]),
    Truth.of_ratings([1, 0, 1, 1]),
    Truth.of_ratings([-1, None, None]),
    Truth.of_ratings([1]),
    Truth.of_gold([1, 2], steps=5),
    Truth.of_gold([-1, 3], steps=4),
]
MIDDLE = Truth.of_ratings([1, 1, 1, -1, None, None])  # where a mistake can go either way


@cache
def world() -> list[Truth]:
    return [Truth.of_ratings(sample.step_ratings) for sample in make_world(seed=5, problems=250, samples=4)]


def profile(**values: Any) -> Profile:
    given: dict[str, Any] = {"name": "tested", "accuracy": 0.8} | values
    return Profile(**given)


def drawn(truth: Truth, of: Profile, *, done: int = 0, draws: int = DRAWS) -> list[Judgement]:
    rng = Random(11)
    return [judge(truth, profile=of, rng=rng, done=done) for _ in range(draws)]


def within_three_sigma(hits: int, draws: int, chance: float) -> bool:
    return abs(hits - draws * chance) <= 3 * sqrt(draws * chance * (1 - chance))


def right(truth: Truth, judgements: Iterable[Judgement]) -> int:
    return sum(truth.is_right(one.first_error) for one in judgements)


class TestAccuracy:
    @pytest.mark.parametrize("accuracy", [0.0, 0.3, 0.5, 0.8, 0.95, 1.0])
    @pytest.mark.parametrize("truth", TRUTHS, ids=str)
    def test_the_share_of_right_answers_is_the_stated_one_on_any_solution(self, truth: Truth, accuracy: float) -> None:
        assert within_three_sigma(right(truth, drawn(truth, profile(accuracy=accuracy))), DRAWS, accuracy)

    @pytest.mark.parametrize("bias", [-1.0, 0.5])
    def test_bias_leaves_it_alone(self, bias: float) -> None:
        assert within_three_sigma(right(MIDDLE, drawn(MIDDLE, profile(bias=bias))), DRAWS, 0.8)

    @pytest.mark.parametrize("name", PROFILES)
    def test_each_profile_has_its_own_over_the_demo_world(self, name: str) -> None:
        truths = 4 * world()
        rng = Random(name)
        judged = [(truth, judge(truth, profile=PROFILES[name], rng=rng)) for truth in truths]
        hits = sum(truth.is_right(one.first_error) for truth, one in judged)
        assert within_three_sigma(hits, len(truths), PROFILES[name].accuracy)


class TestBias:
    @pytest.mark.parametrize("bias", [-1.0, -0.6, 0.0, 0.4, 1.0])
    def test_mistakes_go_the_stated_way(self, bias: float) -> None:
        wrong = [one for one in drawn(MIDDLE, profile(accuracy=0.2, bias=bias)) if one.first_error != 3]
        strict = sum(one.first_error is not None and one.first_error < 3 for one in wrong)
        assert within_three_sigma(strict, len(wrong), (1 + bias) / 2)

    def test_too_lenient_blames_a_later_step_or_none(self) -> None:
        answers = {one.first_error for one in drawn(MIDDLE, profile(accuracy=0, bias=-1))}
        assert answers == {4, 5, None}

    def test_a_right_solution_can_only_be_judged_too_strictly(self) -> None:
        truth = Truth.of_ratings([1, 1, 1])
        assert {one.first_error for one in drawn(truth, profile(accuracy=0, bias=-1))} == {0, 1, 2}

    def test_an_error_in_the_first_step_can_only_be_overlooked(self) -> None:
        truth = Truth.of_ratings([-1, None])
        assert {one.first_error for one in drawn(truth, profile(accuracy=0, bias=1))} == {1, None}

    def test_where_every_answer_is_acceptable_none_is_wrong(self) -> None:
        truth = Truth.of_gold([-1, 0], steps=1)
        assert right(truth, drawn(truth, profile(accuracy=0))) == DRAWS


class TestFatigue:
    @pytest.mark.parametrize(("done", "left"), [(0, 0.9), (50, 0.7), (100, 0.5), (225, 0.0), (400, 0.0)])
    def test_accuracy_falls_with_what_was_done(self, done: int, left: float) -> None:
        tired = profile(accuracy=0.9, fatigue=0.4)
        assert tired.accuracy_after(done) == pytest.approx(left)
        assert within_three_sigma(right(MIDDLE, drawn(MIDDLE, tired, done=done)), DRAWS, left)


class TestHabitsAndSpeed:
    def test_right_steps_are_called_neutral_as_often_as_stated(self) -> None:
        truth = Truth.of_ratings([1] * 5)
        ratings = [one for each in drawn(truth, profile(accuracy=1, neutral=0.15)) for one in each.ratings]
        assert within_three_sigma(ratings.count(0), len(ratings), 0.15)

    def test_neutral_steps_are_noticed_as_often_as_stated(self) -> None:
        truth = Truth.of_ratings([1, 0, 1])
        seen = [one.ratings[1] for one in drawn(truth, profile(accuracy=1, neutral=0, notices_neutral=0.7))]
        assert within_three_sigma(seen.count(0), len(seen), 0.7)

    def test_each_step_takes_the_stated_time(self) -> None:
        truth, seconds = Truth.of_ratings([1, 1, -1, None]), 9.0
        times = [one.total_time / 1000 for one in drawn(truth, profile(accuracy=1, seconds=seconds))]
        deviation = seconds / 2 * sqrt(3)  # of three steps, each with half its mean
        assert abs(sum(times) / DRAWS - 3 * seconds) <= 3 * deviation / sqrt(DRAWS)

    def test_they_give_up_as_often_as_stated_and_say_why(self) -> None:
        given_up = [one for one in drawn(MIDDLE, profile(gives_up=0.1)) if one.finish_reason == "give_up"]
        assert within_three_sigma(len(given_up), DRAWS, 0.1)
        assert all(one.reason and not one.ratings for one in given_up)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_every_judgement_is_one_that_the_product_accepts(truth: Truth) -> None:
    for one in drawn(truth, profile(accuracy=0.5, gives_up=0.1, neutral=0.3), draws=300):
        sent = {
            "uuid": "3f0e1a52-9f6e-4a3c-8a57-0a4f5b8c7d11",
            "steps": [{"rating": rating} for rating in one.ratings],
            "finish_reason": one.finish_reason,
            "reason": one.reason,
            "total_time": one.total_time,
        }
        assert judgement_of(sent, Rules(step_count=truth.steps)).first_error == one.first_error


@pytest.mark.parametrize("ratings", [[], [2], [None, 1], [-1, 1], [1, None], ["1"], [1, -1, 0]])
def test_what_cannot_be_true_ratings_is_refused(ratings: list[Any]) -> None:
    with pytest.raises(ValueError, match="no true ratings"):
        Truth.of_ratings(ratings)


class TestProfiles:
    def test_a_file_gives_profiles_by_name(self) -> None:
        found = profiles_from_json('{"fresh": {"accuracy": 0.9, "bias": -0.5, "seconds": 4}}')
        assert found == {"fresh": Profile(name="fresh", accuracy=0.9, bias=-0.5, seconds=4)}

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "not JSON"),
            ("[]", "JSON object"),
            ('{"a": 1}', "a: must be an object with at least an accuracy"),
            ('{"a": {"bias": 0}}', "at least an accuracy"),
            ('{"a": {"accuracy": 1.2}}', "accuracy is 1.2, but must be from 0 to 1"),
            ('{"a": {"accuracy": true}}', "accuracy must be a number"),
            ('{"a": {"accuracy": NaN}}', "accuracy must be a number"),
            ('{"a": {"accuracy": 1, "speed": 2}}', "speed is not known"),
            ('{"A b": {"accuracy": 1}}', "lower-case letters"),
        ],
    )
    def test_nonsense_is_refused_with_its_place(self, text: str, said: str) -> None:
        with pytest.raises(BadProfile, match=said):
            profiles_from_json(text)


class FakeDesk:
    """Gives ``questions`` (else one and the same) to a rater who has not read the guidelines yet, ``count`` in all."""

    def __init__(self, count: int, questions: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        self.questions = questions or [("P", ["a", "b"])] * count
        self.left = count
        self.read = False
        self.given: set[int] = set()
        self.drafts: list[Mapping[str, Any]] = []
        self.submits: list[Mapping[str, Any]] = []

    def claim(self) -> Mapping[str, Any]:
        if not self.read:
            return {"held": [], "leases": [], "reason": "guidelines", "message": "Read."}
        ahead = range(self.left, max(0, self.left - 2), -1)  # one on screen and one ahead
        leases = [self.lease(number) for number in ahead if number not in self.given]
        self.given |= set(ahead)
        held = [str(number) for number in ahead]
        return {"held": held, "leases": leases, "reason": None if len(held) == 2 else "queue-empty", "message": ""}

    def lease(self, number: int) -> Mapping[str, Any]:
        problem, steps = self.questions[-number]
        texts = [{"text": step} for step in steps]
        return {"id": str(number), "problem": {"text": problem}, "steps": texts, "draft": {"seq": 6}}

    def read_guidelines(self) -> None:
        self.read = True

    def draft(self, lease: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        self.drafts.append(document)

    def submit(self, lease: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
        self.submits.append(document)
        self.left -= 1
        return self.claim()


def session(desk: FakeDesk, **values: Any) -> Session:
    truths = {question_key("P", ["a", "b"]): Truth.of_ratings([1, -1])}
    given: dict[str, Any] = {
        "name": "sim-tested-1",
        "profile": profile(accuracy=1),
        "truths": truths,
        "seed": 3,
    } | values
    return Session(desk=desk, **given)


class TestModes:
    def test_in_every_step_mode_all_steps_are_rated_and_the_first_error_is_the_same(self) -> None:
        for truth in TRUTHS:
            whole = [judge_every_step(truth, profile=profile(), rng=Random(seed)) for seed in range(200)]
            short = [judge(truth, profile=profile(), rng=Random(seed)) for seed in range(200)]
            assert {len(one.ratings) for one in whole} == {truth.steps}
            assert [one.first_error for one in whole] == [one.first_error for one in short]

    def test_alternatives_are_rated_as_rightly_as_the_profile_is_accurate(self) -> None:
        truth = replace(MIDDLE, alternatives={"good": 1, "bad": -1})
        judged = judge(truth, profile=profile(accuracy=1), rng=Random(0))
        rng, hits = Random(3), 0
        for _ in range(DRAWS):
            one = judge_alternatives(judged, ["bad", "good", "unknown"], truth, profile=profile(), rng=rng)
            hits += (one.alternatives[0] == -1) + (one.alternatives[1] == 1)
            assert one.alternatives[2] in (-1, 1)
            assert one.total_time > judged.total_time
        assert within_three_sigma(hits, 2 * DRAWS, 0.8)


class TestSession:
    def test_it_reads_the_guidelines_saves_each_draft_and_goes_on_until_nothing_is_left(self) -> None:
        desk = FakeDesk(3)
        worker = session(desk)
        assert [done.right for done in worker.work()] == [True] * 3
        assert (len(desk.drafts), len({one["uuid"] for one in desk.submits}), worker.ended) == (3, 3, "queue-empty")
        assert desk.drafts[0]["seq"] == 7  # newer than the draft that lay there

    def test_it_stops_when_its_share_is_done(self) -> None:
        desk = FakeDesk(5)
        worker = session(desk, most=2)
        assert len(list(worker.work())) == len(desk.submits) == 2
        assert worker.ended == "share done"

    def test_the_seed_and_the_name_alone_decide_how_a_solution_is_judged(self) -> None:
        def labels(**values: Any) -> list[Any]:
            desk = FakeDesk(1)
            list(session(desk, profile=profile(accuracy=0.5), **values).work())
            return [(one["steps"], one["total_time"]) for one in desk.submits]

        assert labels(seed=1) == labels(seed=1)
        assert len({str(labels(seed=seed)) for seed in range(20)}) > 1
        assert labels(name="sim-tested-2") != labels(name="sim-tested-1")

    def test_what_was_done_earlier_tires_as_well(self) -> None:
        tired = profile(accuracy=1, fatigue=1)
        assert [done.right for done in session(FakeDesk(1), profile=tired).work()] == [True]
        assert [done.right for done in session(FakeDesk(1), profile=tired, before=100).work()] == [False]

    def test_at_a_pace_that_share_of_its_time_passes_between_draft_and_submit(self) -> None:
        slept: list[float] = []
        desk = FakeDesk(1)
        list(session(desk, pace=0.5, sleep=slept.append).work())
        assert slept == [pytest.approx(desk.submits[0]["total_time"] / 2000)]

    def test_a_solution_whose_truth_is_not_known_ends_it_before_anything_is_sent(self) -> None:
        desk = FakeDesk(1)
        with pytest.raises(SimulationFault, match="truth is not known"):
            list(session(desk, truths={}).work())
        assert (desk.drafts, desk.submits) == ([], [])


@pytest.mark.parametrize("name", PROFILES)
def test_the_documentation_states_each_profile(name: str) -> None:
    one = PROFILES[name]
    page = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    figures = [float(cell.replace("−", "-")) for cell in row.strip("| ").split("|")[1:]]
    assert figures == [one.accuracy, one.bias, one.seconds, one.neutral, one.notices_neutral, one.fatigue]
    assert one.gives_up == 0


def test_by_the_demos_seed_gold_finds_the_bad_rater_and_no_other() -> None:
    samples = list(make_world(seed=seed_demo.SEED, problems=60, samples=seed_demo.SAMPLES))
    golds = seed_demo._chosen_for_gold(samples)[:12]  # as many as a campaign's round mixes in
    shown = [(hide_calculator_marks(one.problem), [hide_calculator_marks(step) for step in one.steps]) for one in golds]
    truths = {question_key(*texts): Truth.of_ratings(one.step_ratings) for texts, one in zip(shown, golds, strict=True)}
    missed = {}
    for name in (one.partition("=")[0] for one in seed_demo.RATERS):
        crew = {"name": f"sim-{name}-1", "profile": PROFILES[name], "seed": seed_demo.CREW_SEED, "before": 40}
        worker = session(FakeDesk(12, shown), truths=truths, **crew)
        missed[name] = sum(not done.right for done in worker.work())
    assert missed.pop("careless") >= 9
    assert max(missed.values()) <= 1
    assert (len(truths), {NO_ERROR} in [truth.acceptable for truth in truths.values()]) == (12, True)
