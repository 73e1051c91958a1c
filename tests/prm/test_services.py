"""Registering models, and storing and making scores, on a real database."""

import pytest
from django.db import IntegrityError, transaction

from labelling.prm.backends import BadConfig, ScoringItem
from labelling.prm.claims import Unscored
from labelling.prm.models import ModelVersion, RewardModel, Score
from labelling.prm.scoring import solutions_score
from labelling.prm.services import (
    BadScores,
    ModelRefused,
    model_register,
    scores_store,
    scoring_create,
)
from tests.factories import (
    PoolEntryFactory,
    RecordedScoreFactory,
    SampleFactory,
    ScoreFactory,
    SolutionFactory,
)

pytestmark = pytest.mark.django_db


def constant(value: float = 0.5, *, name: str = "flat", reduction: str = "product") -> ModelVersion:
    return model_register(name=name, backend="constant", config={"value": value}, reduction=reduction)[1]


def recorded(scorer: str = "qwen_prm") -> ModelVersion:
    return model_register(name=scorer, backend="recorded", config={"scorer": scorer})[1]


def score_all(version: ModelVersion, *, campaign: str | None = None, size: int = 2) -> list[tuple[int, int, str]]:
    reports: list[tuple[int, int, str]] = []
    solutions_score(version=version, campaign=campaign, report=lambda *said: reports.append(said), size=size)
    return reports


class TestRegistering:
    def test_it_makes_a_model_and_its_first_version(self) -> None:
        model, version = model_register(name="flat", backend="constant", config={"value": 0.5})

        assert (model.backend, model.reduction) == ("constant", "product")
        assert (version.number, version.config, str(version)) == (1, {"value": 0.5}, "flat v1")

    def test_the_same_again_changes_nothing(self) -> None:
        assert constant(0.5) == constant(0.5)
        assert ModelVersion.objects.count() == 1

    def test_another_configuration_is_another_version_and_the_old_one_is_found_again(self) -> None:
        first, second = constant(0.5), constant(0.6)

        assert (second.model, second.number) == (first.model, 2)
        assert constant(0.5) == first

    @pytest.mark.parametrize(
        ("backend", "config", "reduction", "named"),
        [
            ("recorded", {"scorer": "s"}, "product", "backend 'constant', not 'recorded'"),
            ("constant", {"value": 0.5}, "min", "reduction 'product', not 'min'"),
        ],
    )
    def test_another_backend_or_reduction_under_a_known_name_is_refused(
        self, backend: str, config: dict[str, object], reduction: str, named: str
    ) -> None:
        constant()

        with pytest.raises(ModelRefused, match=named):
            model_register(name="flat", backend=backend, config=config, reduction=reduction)

    def test_an_unknown_reduction_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(ModelRefused, match="there are: last, mean, min, product"):
            constant(reduction="median")

    @pytest.mark.parametrize("name", ["", "  ", "m" * 129])
    def test_a_name_that_is_none_is_refused(self, name: str) -> None:
        with pytest.raises(ModelRefused, match="from 1 to 128"):
            constant(name=name)

    @pytest.mark.parametrize("name", ["a\nb", "a\x01b", "\x1b[2J", "\u202eb", "a\u2028b"])
    def test_a_name_that_would_break_lines_pictures_or_terminals_is_refused(self, name: str) -> None:
        with pytest.raises(ModelRefused, match="printable characters only"):
            constant(name=name)

    def test_a_bad_configuration_leaves_no_model_behind(self) -> None:
        with pytest.raises(BadConfig):
            constant(7)

        assert not RewardModel.objects.exists()


class TestStoring:
    def entry(self) -> Unscored:
        solution = SolutionFactory.create(steps=["a", "b"])
        return Unscored(solution.pk, solution.problem_id, ScoringItem("p", ("a", "b")))

    def test_it_keeps_the_raw_step_scores_and_the_score_by_the_models_reduction(self) -> None:
        entry, uneven = self.entry(), (0.1, 0.30000000000000004)

        assert scores_store(version=constant(name="by product"), scored=[(entry, uneven)]) == 1
        assert scores_store(version=constant(name="by min", reduction="min"), scored=[(entry, uneven)]) == 1

        by_product, by_min = Score.objects.order_by("pk")
        assert by_product.step_scores == list(uneven)
        assert by_product.problem_id == entry.problem_id
        assert by_product.solution_score == 0.1 * 0.30000000000000004
        assert by_min.solution_score == 0.1

    def test_a_score_that_stands_is_left_as_it_is(self) -> None:
        entry, version = self.entry(), constant()
        scores_store(version=version, scored=[(entry, (0.5, 0.5))])

        assert scores_store(version=version, scored=[(entry, (0.9, 0.9))]) == 0
        assert Score.objects.get().step_scores == [0.5, 0.5]

    @pytest.mark.parametrize("bad", [(0.5,), (0.5, 1.01), (-0.01, 0.5), (float("nan"), 0.5), ()])
    def test_what_is_no_probability_for_each_step_is_refused_and_nothing_stored(self, bad: tuple[float, ...]) -> None:
        fine, not_fine = self.entry(), self.entry()

        with pytest.raises(BadScores, match=f"Solution {not_fine.solution_id} needs 2 numbers"):
            scores_store(version=constant(), scored=[(fine, (0.5, 0.5)), (not_fine, bad)])
        assert not Score.objects.exists()

    def test_the_database_itself_refuses_a_second_score_and_one_that_is_no_probability(self) -> None:
        score = ScoreFactory.create()

        with pytest.raises(IntegrityError, match="score_once_per_version"), transaction.atomic():
            ScoreFactory.create(version=score.version, solution=score.solution)
        with pytest.raises(IntegrityError, match="score_is_probability"), transaction.atomic():
            ScoreFactory.create(version=score.version, solution_score=1.5)


class TestScoring:
    def test_every_text_gets_one_score_however_often_it_runs(self) -> None:
        solutions = SolutionFactory.create_batch(5)
        twin = SampleFactory.create(solution=solutions[0])
        SampleFactory.create(solution=twin.solution)
        version = constant(0.5)

        reports = score_all(version)
        score_all(version)

        assert sorted(Score.objects.values_list("solution_id", flat=True)) == [one.pk for one in solutions]
        assert [done for done, _, _ in reports] == [0, 2, 4, 5, 5]
        assert {total for _, total, _ in reports} == {5}
        assert reports[-1][2] == "5 of 5 solutions scored by flat v1"

    def test_it_goes_on_where_an_earlier_run_was_killed(self) -> None:
        SolutionFactory.create_batch(4)
        version = constant()

        class KilledError(Exception):
            pass

        def killed_after_two(done: int, total: int, message: str) -> None:
            if done == 2:
                raise KilledError

        with pytest.raises(KilledError):
            solutions_score(version=version, campaign=None, report=killed_after_two, size=2)
        assert Score.objects.count() == 2

        assert [done for done, _, _ in score_all(version)] == [2, 4, 4]
        assert Score.objects.count() == 4

    def test_each_version_scores_for_itself(self) -> None:
        SolutionFactory.create()
        score_all(constant(0.5))
        score_all(constant(0.25))

        assert sorted(Score.objects.values_list("solution_score", flat=True)) == [0.25**3, 0.5**3]

    def test_recorded_serves_its_own_scorers_scores_and_says_how_many_have_none(self) -> None:
        with_score, with_another, without = SolutionFactory.create_batch(3)
        RecordedScoreFactory.create(solution=with_score, scorer="qwen_prm", step_scores=[0.5, 0.5, 1.0])
        RecordedScoreFactory.create(solution=with_another, scorer="shepherd")

        reports = score_all(recorded())

        score = Score.objects.get()
        assert (score.solution, score.step_scores, score.solution_score) == (with_score, [0.5, 0.5, 1.0], 0.25)
        assert reports[-1] == (
            1,
            1,
            "1 of 3 solutions scored by qwen_prm v1; 2 have no recorded score by 'qwen_prm'",
        )
        assert not without.scores.exists()

    def test_a_recorded_score_that_does_not_fit_the_steps_is_counted_and_not_stored(self) -> None:
        RecordedScoreFactory.create(scorer="qwen_prm", step_scores=[0.5])

        reports = score_all(recorded())

        assert reports[-1] == (1, 1, "0 of 1 solutions scored by qwen_prm v1; 1 the backend could not score")
        assert not Score.objects.exists()

    def test_a_campaign_limits_it_to_its_pool(self) -> None:
        inside, outside = SolutionFactory.create_batch(2)
        PoolEntryFactory.create(campaign="ours", problem=inside.problem)
        PoolEntryFactory.create(campaign="theirs", problem=outside.problem)

        reports = score_all(constant(), campaign="ours")

        assert Score.objects.get().solution == inside
        assert reports[-1][:2] == (1, 1)

    def test_the_worker_states_model_version_precision_and_throughput(self, caplog: pytest.LogCaptureFixture) -> None:
        SolutionFactory.create_batch(3)
        caplog.set_level("INFO", logger="labelling.prm.services")

        score_all(constant())

        assert "model=flat version=1 backend=constant precision=exact scored=3 " in caplog.text
        assert "throughput=" in caplog.text


class TestJobs:
    def test_a_queued_job_of_the_same_scope_is_taken_again_but_a_running_one_is_not(self) -> None:
        version = constant()
        job, created = scoring_create(version=version, campaign=None)

        assert created
        assert scoring_create(version=version, campaign=None) == (job, False)
        assert scoring_create(version=version, campaign="ours")[0] != job

        job.state = "running"
        job.save(update_fields=["state"])
        assert scoring_create(version=version, campaign=None)[0] != job
