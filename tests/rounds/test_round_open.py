"""Opening a round: what is queued, why, and what is refused."""

from collections.abc import Callable

import pytest

from labelling.corpus.models import Problem
from labelling.prm.models import ModelVersion
from labelling.rounds.models import Campaign, Item, ItemState, ReferenceHold, Round
from labelling.rounds.services import RoundRefused, RoundReport, round_close, round_open
from tests.factories import JobFactory, ModelVersionFactory, PoolEntryFactory, ScoreFactory, SolutionFactory
from tests.rounds.conftest import Answer

Pooled = Callable[..., Problem]


@pytest.fixture
def open_round(campaign: Campaign, version: ModelVersion) -> Callable[..., RoundReport]:
    def run(**request: object) -> RoundReport:
        return round_open(**{"campaign": campaign, "model_version": version, "per_problem": 2} | request)  # type: ignore[arg-type]

    return run


OpenRound = Callable[..., RoundReport]


def queued() -> list[int]:
    return list(Item.objects.order_by("position").values_list("solution_id", flat=True))


class TestQueueing:
    def test_each_item_keeps_why_it_was_picked(
        self, open_round: OpenRound, campaign: Campaign, version: ModelVersion, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        second, first, third = (answer(problem, score) for score in (0.7, 0.9, 0.1))
        answer(problem, 1.0, right=True)

        report = open_round(overlap=3)

        round_ = Round.objects.get()
        assert (round_.campaign, round_.number, round_.state) == (campaign, 1, "open")
        assert (round_.model_version, round_.strategy, round_.strategy_version) == (version, "convincing-wrong", 1)
        assert round_.params == {
            "strategy": "convincing-wrong",
            "per_problem": 2,
            "budget": None,
            "reference_hold": 0.8,
            "overlap": 3,
        }
        why = ("solution_id", "position", "rank", "score", "verdict", "strategy", "strategy_version")
        assert list(Item.objects.order_by("position").values_list(*why)) == [
            (first.pk, 0, 1, 0.9, "wrong", "convincing-wrong", 1),
            (second.pk, 1, 2, 0.7, "wrong", "convincing-wrong", 1),
        ]
        counts = ("kind", "state", "overlap", "held", "completed", "campaign_id")
        assert set(Item.objects.values_list(*counts)) == {("normal", "queued", 3, 0, 0, campaign.pk)}
        assert (report.round, report.problems, report.cut) == (round_, 1, 0)
        assert not third.items.exists()

    def test_only_convincing_wrong_answers_that_the_version_scored_come_in(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        wrong = answer(problem, 0.2)
        answer(problem, 0.9, right=True)
        answer(problem, 0.9, verdict="undecided", verdict_why="percent")
        answer(problem, 0.9, verdict_why="no-answer")
        answer(problem, 0.9, verdict_why="truncated")
        answer(problem, 0.9, ungraded=True)
        answer(problem, None)
        ScoreFactory.create(solution=answer(problem, None), version=ModelVersionFactory.create(), solution_score=0.9)

        open_round(per_problem=10, reference_hold=False)

        assert queued() == [wrong.pk]

    def test_problems_of_other_pools_stay_out(self, open_round: OpenRound, pooled: Pooled, answer: Answer) -> None:
        ours = answer(pooled())
        theirs = answer(PoolEntryFactory.create(campaign="geometry").problem)

        open_round(reference_hold=False)

        assert queued() == [ours.pk]
        assert not theirs.items.exists()

    def test_equal_scores_go_to_the_lower_sample_index(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        made = [answer(problem, 0.5, first_index=index) for index in (7, 3, 5, 1, 9)]

        open_round(reference_hold=False)

        assert queued() == [made[3].pk, made[1].pk]

    def test_the_queue_goes_round_the_problems_and_the_budget_cuts_its_end(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        problems = [pooled() for _ in range(3)]
        for problem in problems:
            for score in (0.9, 0.8):
                answer(problem, score)

        report = open_round(budget=4, reference_hold=False)

        items = list(Item.objects.order_by("position"))
        assert [item.rank for item in items] == [1, 1, 1, 2]
        assert len({item.solution.problem_id for item in items[:3]}) == 3
        assert (len(report.picks), report.problems, report.cut) == (4, 3, 2)

    def test_a_dry_run_reports_the_same_and_queues_nothing(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        answer(problem, 0.9)
        answer(problem, 0.8, final_answer="10")

        dry = open_round(dry_run=True)

        assert dry.round is None
        assert not Round.objects.exists()
        assert dry.picks == open_round().picks


class TestLaterRounds:
    def test_a_solution_is_queued_once_per_campaign_unless_it_was_withdrawn(
        self, open_round: OpenRound, campaign: Campaign, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        first, second, third = (answer(problem, score) for score in (0.9, 0.8, 0.7))
        open_round(reference_hold=False)
        Item.objects.filter(solution=second).update(state=ItemState.WITHDRAWN)
        Item.objects.filter(solution=first).update(state=ItemState.DONE, completed=1)
        round_close(campaign=campaign)

        report = open_round(reference_hold=False)

        assert report.number == 2
        assert [(pick.candidate.solution_id, pick.rank) for pick in report.picks] == [(second.pk, 1), (third.pk, 2)]
        assert first.items.count() == 1

    def test_closing_frees_what_nobody_touched_and_keeps_what_is_held_or_done(
        self, open_round: OpenRound, campaign: Campaign, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        touched, free = (answer(problem, score) for score in (0.9, 0.8))
        open_round(reference_hold=False)
        Item.objects.filter(solution=touched).update(held=1)
        round_close(campaign=campaign)

        assert free.items.get().state_reason == "The round was closed."
        assert [pick.candidate.solution_id for pick in open_round(reference_hold=False).picks] == [free.pk]

    def test_another_campaign_may_queue_the_same_solution(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        solution = answer(pooled())
        open_round(reference_hold=False)
        other = Campaign.objects.create(slug="other", name="Other")
        PoolEntryFactory.create(campaign="other", problem=solution.problem)

        report = open_round(campaign=other, reference_hold=False)

        assert report.number == 1
        assert solution.items.count() == 2

    def test_closing_and_numbering(
        self, open_round: OpenRound, campaign: Campaign, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        for score in (0.9, 0.8, 0.7):
            answer(problem, score)
        opened = [open_round(per_problem=1, reference_hold=False).number]
        closed = round_close(campaign=campaign)
        opened.append(open_round(per_problem=1, reference_hold=False).number)

        assert opened == [1, 2]
        assert (closed.number, closed.state) == (1, "closed")
        assert closed.closed_at is not None
        assert Round.objects.get(state="open").number == 2


class TestReferenceHold:
    def test_a_problem_whose_samples_agree_on_a_wrong_answer_is_held_twins_counted(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        doubtful, fine = pooled(), pooled()
        answer(doubtful, 0.9, final_answer="1,200", samples=3)
        answer(doubtful, 0.8, final_answer="1200")
        answer(doubtful, 0.7, final_answer="8", verdict="right")
        queued_one = answer(fine, 0.1, final_answer="9")
        answer(fine, 0.9, final_answer="8", verdict="right")

        report = open_round()

        assert queued() == [queued_one.pk]
        hold = ReferenceHold.objects.get()
        assert (hold.problem, hold.answer, hold.share) == (doubtful, "1,200", 0.8)
        assert [(held.problem_id, held.items) for held in report.held] == [(doubtful.pk, 2)]

    def test_it_can_be_left_out_or_given_another_share(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        problem = pooled()
        answer(problem, 0.9, samples=7)
        answer(problem, 0.8, samples=3, right=True)
        other = pooled()
        answer(other, 0.5)
        answer(other, 0.5, right=True)

        assert [held.agreement.share for held in open_round(reference_hold=0.7, dry_run=True).held] == [0.7]
        assert open_round(reference_hold=0.71, dry_run=True).held == []
        assert open_round(reference_hold=False, dry_run=True).held == []

    def test_the_setting_says_what_most_means(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer, settings: object
    ) -> None:
        problem = pooled()
        answer(problem, samples=3)
        answer(problem, samples=1, right=True)
        settings.REFERENCE_HOLD_SHARE = 0.75  # type: ignore[attr-defined]

        with pytest.raises(RoundRefused, match="All 1 problems with candidates are held"):
            open_round()


class TestRefusals:
    def test_while_a_round_is_open(self, open_round: OpenRound, pooled: Pooled, answer: Answer) -> None:
        answer(pooled())
        open_round(reference_hold=False)

        with pytest.raises(RoundRefused, match=r"Round 1 of 'algebra' is open.*close_round algebra"):
            open_round(reference_hold=False)
        assert Round.objects.count() == 1

    def test_an_empty_pool(self, open_round: OpenRound) -> None:
        with pytest.raises(RoundRefused, match=r"pool of 'algebra' is empty: .*--campaign algebra"):
            open_round()

    def test_nothing_scored(self, open_round: OpenRound, pooled: Pooled, answer: Answer) -> None:
        answer(pooled(), None)

        with pytest.raises(RoundRefused, match=r"scored by qwen_prm v1: .*score_solutions --model qwen_prm"):
            open_round()

    def test_nothing_graded(self, open_round: OpenRound, pooled: Pooled, answer: Answer) -> None:
        answer(pooled(), ungraded=True)

        with pytest.raises(RoundRefused, match="graded"):
            open_round()

    def test_nothing_left(self, open_round: OpenRound, campaign: Campaign, pooled: Pooled, answer: Answer) -> None:
        answer(pooled())
        open_round(reference_hold=False)
        Item.objects.update(state=ItemState.DONE, completed=1)
        round_close(campaign=campaign)

        with pytest.raises(RoundRefused, match="finds nothing more"):
            open_round(reference_hold=False)

    @pytest.mark.parametrize(
        ("request_", "message"),
        [
            ({"per_problem": 0}, "--per-problem is 0"),
            ({"budget": 0}, "--budget is 0"),
            ({"overlap": 0}, "--overlap is 0"),
            ({"overlap": 21}, "--overlap is 21: it must be from 1 to 20"),
            ({"reference_hold": 1.5}, "--reference-hold-share is 1.5"),
            ({"pool": "p" * 65}, "--pool: the name of a pool has 64 characters at most"),
            ({"strategy": "clairvoyant"}, "there are: .*convincing-wrong"),
        ],
    )
    def test_nonsense(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer, request_: dict[str, object], message: str
    ) -> None:
        answer(pooled())

        with pytest.raises(RoundRefused, match=message):
            open_round(**request_)
        assert not Round.objects.exists()

    def test_closing_where_nothing_is_open(self, campaign: Campaign) -> None:
        with pytest.raises(RoundRefused, match=r"No round of 'algebra' is open: .*open_round algebra"):
            round_close(campaign=campaign)


class TestHeldOut:
    def test_held_out_problems_are_left_out_of_a_training_campaign_and_counted(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        answer(pooled(held_out=True), 0.9)
        served = answer(pooled(), 0.1)

        report = open_round(reference_hold=False)

        assert queued() == [served.pk]
        assert report.notes == ["1 held-out problems in the pool were left out: they are for evaluation only."]

    def test_a_training_campaign_with_nothing_else_is_refused(
        self, open_round: OpenRound, pooled: Pooled, answer: Answer
    ) -> None:
        answer(pooled(held_out=True))

        with pytest.raises(RoundRefused, match="held out for evaluation"):
            open_round(reference_hold=False)

    def test_an_evaluation_campaign_serves_them(
        self, open_round: OpenRound, campaign: Campaign, pooled: Pooled, answer: Answer
    ) -> None:
        campaign.purpose = "evaluation"
        campaign.save(update_fields=["purpose"])
        solution = answer(pooled(held_out=True))

        open_round(reference_hold=False)

        assert queued() == [solution.pk]


def test_what_is_not_graded_or_scored_yet_is_mentioned(
    open_round: OpenRound, version: ModelVersion, pooled: Pooled, answer: Answer
) -> None:
    problem = pooled()
    answer(problem)
    SolutionFactory.create(problem=problem, ungraded=True)
    job = JobFactory.create(kind="score", running=True, params={"version": version.pk, "campaign": None})

    notes = open_round(reference_hold=False).notes

    assert [note.split(":")[0] for note in notes] == [
        "Some solutions of the pool are not graded",
        f"qwen_prm v1 is still scoring (job {job.pk})",
    ]
