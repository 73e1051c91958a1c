"""Rows for tests, consistent with one another: an annotation's item, round, campaign and solution agree by themselves.

Use ``XFactory.create(field=…)``; ``__`` reaches through: ``AnnotationFactory.create(assignment__item__round=round)``.
"""

# mypy: disable-error-code="no-untyped-call"
# (factory_boy types what factories return, not its declarations.)

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from factory import declarations as declare
from factory.django import DjangoModelFactory

from labelling.corpus import models as corpus
from labelling.corpus.text import prefix_key, problem_key, solution_key, text_key
from labelling.jobs.models import Job, JobState
from labelling.people.models import Membership, Role, User
from labelling.prm import models as prm
from labelling.rating import models as rating
from labelling.rounds import models as rounds

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
STEPS = ["Add 2 and 2 to get $4$.", "Now take the double, $8$.", "So the answer is 9."]


def annotation_row(
    *,
    labeler: str,
    problem: str = "What is $2 \\cdot (2 + 2)$?",
    steps: Sequence[str] = STEPS,
    ratings: Sequence[int | None] = (1, 0, -1),
    finish_reason: str = "found_error",
    generation: int | None = 1,
    timestamp: str = "2026-03-02T12:00:00.123456",
    total_time: int = 4200,
    answer: str | None = "9",
    reference_answer: str | None = "8",
) -> dict[str, Any]:
    """A PRM800K row, key by key in the published order. A rating of None is a step that was flagged only."""
    judged = [
        {
            "completions": [{"text": text, "rating": rating, "flagged": rating is None}],
            "human_completion": None,
            "chosen_completion": None if rating == -1 else 0,
        }
        for text, rating in zip(steps, ratings, strict=False)
    ]
    return {
        "labeler": labeler,
        "timestamp": timestamp,
        "generation": generation,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": problem,
            "ground_truth_solution": None,
            "ground_truth_answer": reference_answer,
            "pre_generated_steps": list(steps),
            "pre_generated_answer": answer,
            "pre_generated_verifier_score": 0.5,
        },
        "label": {"steps": judged, "total_time": total_time, "finish_reason": finish_reason},
    }


def _document(annotation: Any) -> str:
    row = annotation_row(
        labeler=annotation.rater.pseudonym,
        problem=annotation.solution.problem.text,
        steps=annotation.solution.steps,
        ratings=annotation.step_ratings,
        finish_reason=annotation.finish_reason,
        generation=annotation.round.number,
        timestamp=annotation.created_at.replace(tzinfo=None).isoformat(),
        total_time=annotation.total_time,
        answer=annotation.solution.final_answer,
        reference_answer=annotation.solution.problem.reference_answer,
    )
    return json.dumps(row, ensure_ascii=False)


# --- people --------------------------------------------------------------------------------------------------------
class UserFactory(DjangoModelFactory[User]):
    """Sign them in with ``client.force_login``: they have no password."""

    class Meta:
        model = User

    username = declare.Sequence(lambda n: f"person{n}")
    password = "!"


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = declare.SubFactory(UserFactory)
    role = Role.RATER
    campaign = "*"


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    class Params:
        running = declare.Trait(state=JobState.RUNNING, started_at=NOON)

    kind = "grade"
    task = "labelling.corpus.tasks.grade"


# --- corpus --------------------------------------------------------------------------------------------------------
class ProblemFactory(DjangoModelFactory[corpus.Problem]):
    class Meta:
        model = corpus.Problem

    text = declare.Sequence(lambda n: f"What is $2 \\cdot (2 + 2)$, asked for the {n}th time?")
    key = declare.LazyAttribute(lambda problem: uuid.UUID(problem_key(problem.text)))
    reference_answer = "8"


class PoolEntryFactory(DjangoModelFactory[corpus.PoolEntry]):
    class Meta:
        model = corpus.PoolEntry

    problem = declare.SubFactory(ProblemFactory)
    campaign = declare.Sequence(lambda n: f"campaign-{n}")


class ImportBatchFactory(DjangoModelFactory[corpus.ImportBatch]):
    class Meta:
        model = corpus.ImportBatch

    files = ["samples.jsonl"]
    format = "native"


class SolutionFactory(DjangoModelFactory[corpus.Solution]):
    """Three steps, unlike every other solution by its first one, and graded wrong."""

    class Meta:
        model = corpus.Solution

    class Params:
        ungraded = declare.Trait(verdict=None, verdict_why="")
        right = declare.Trait(verdict=corpus.VerdictValue.RIGHT, final_answer="8")

    problem = declare.SubFactory(ProblemFactory)
    steps = declare.Sequence(lambda n: [f"Try number {n}. {STEPS[0]}", *STEPS[1:]])
    text = declare.LazyAttribute(lambda solution: "\n".join(solution.steps))
    final_answer = "9"
    truncated = False
    first_index = 0
    verdict = corpus.VerdictValue.WRONG
    verdict_why = "other answer"
    key = declare.LazyAttribute(
        lambda solution: uuid.UUID(
            solution_key(
                text=solution.text,
                steps=solution.steps,
                final_answer=solution.final_answer,
                truncated=solution.truncated,
            )
        )
    )


class SampleFactory(DjangoModelFactory[corpus.Sample]):
    class Meta:
        model = corpus.Sample

    solution = declare.SubFactory(SolutionFactory)
    problem = declare.SelfAttribute("solution.problem")
    generator = "made-up-7b"
    source = "tests"
    sample_index = declare.Sequence(lambda n: n)
    batch = declare.SubFactory(ImportBatchFactory)


class AlternativeFactory(DjangoModelFactory[corpus.Alternative]):
    """Another first step, unless ``before`` lists the steps that it follows."""

    class Meta:
        model = corpus.Alternative

    class Params:
        before: tuple[str, ...] = ()

    problem = declare.SubFactory(ProblemFactory)
    text = declare.Sequence(lambda n: f"Another step, number {n}.")
    step_index = declare.LazyAttribute(lambda alternative: len(alternative.before))
    prefix_key = declare.LazyAttribute(lambda alternative: uuid.UUID(prefix_key(alternative.before)))
    key = declare.LazyAttribute(lambda alternative: uuid.UUID(text_key(alternative.text)))


class RecordedScoreFactory(DjangoModelFactory[corpus.RecordedScore]):
    class Meta:
        model = corpus.RecordedScore

    solution = declare.SubFactory(SolutionFactory)
    scorer = "made-up-prm"
    step_scores = [0.9, 0.8, 0.5]


class VerdictFactory(DjangoModelFactory[corpus.Verdict]):
    class Meta:
        model = corpus.Verdict

    solution = declare.SubFactory(SolutionFactory)
    value = corpus.VerdictValue.WRONG
    grader = "ladder-1"
    reference_answer = "8"


# --- reward models -------------------------------------------------------------------------------------------------
class RewardModelFactory(DjangoModelFactory[prm.RewardModel]):
    class Meta:
        model = prm.RewardModel

    name = declare.Sequence(lambda n: f"prm-{n}")
    backend = "constant"


class ModelVersionFactory(DjangoModelFactory[prm.ModelVersion]):
    class Meta:
        model = prm.ModelVersion

    model = declare.SubFactory(RewardModelFactory)
    number = 1


class ScoreFactory(DjangoModelFactory[prm.Score]):
    class Meta:
        model = prm.Score

    solution = declare.SubFactory(SolutionFactory)
    problem = declare.SelfAttribute("solution.problem")
    version = declare.SubFactory(ModelVersionFactory)
    step_scores = [0.9, 0.8, 0.5]
    solution_score = 0.36


# --- campaigns and rounds ------------------------------------------------------------------------------------------
class CampaignFactory(DjangoModelFactory[rounds.Campaign]):
    class Meta:
        model = rounds.Campaign

    slug = declare.Sequence(lambda n: f"campaign-{n}")
    name = declare.Sequence(lambda n: f"Campaign {n}")


class GuidelineVersionFactory(DjangoModelFactory[rounds.GuidelineVersion]):
    class Meta:
        model = rounds.GuidelineVersion

    campaign = declare.SubFactory(CampaignFactory)
    number = 1
    body = "# How to judge\n\nFrom the top."


class RoundFactory(DjangoModelFactory[rounds.Round]):
    """Open, and the next number of its campaign; close it with ``closed=True``."""

    class Meta:
        model = rounds.Round

    class Params:
        closed = declare.Trait(state=rounds.RoundState.CLOSED, closed_at=NOON)

    campaign = declare.SubFactory(CampaignFactory)
    number = declare.LazyAttribute(lambda made: rounds.Round.objects.filter(campaign=made.campaign).count() + 1)
    strategy = "convincing-wrong"
    strategy_version = 1
    model_version = declare.SubFactory(ModelVersionFactory)


class ReferenceHoldFactory(DjangoModelFactory[rounds.ReferenceHold]):
    class Meta:
        model = rounds.ReferenceHold

    round = declare.SubFactory(RoundFactory)
    problem = declare.SubFactory(ProblemFactory)
    answer = "9"
    share = 0.9


class GoldFactory(DjangoModelFactory[rounds.Gold]):
    """Of a solution whose third step is its first error; ``screening=True`` for a screening item's."""

    class Meta:
        model = rounds.Gold

    class Params:
        screening = declare.Trait(use=rounds.GoldUse.SCREENING)

    campaign = declare.SubFactory(CampaignFactory)
    solution = declare.SubFactory(SolutionFactory)
    acceptable: Any = declare.LazyFunction(lambda: [2])
    explanation = "Two times 4 is 8, and the last step says 9."


class ItemFactory(DjangoModelFactory[rounds.Item]):
    class Meta:
        model = rounds.Item

    class Params:
        done = declare.Trait(state=rounds.ItemState.DONE, completed=1)
        golden = declare.Trait(
            kind=rounds.ItemKind.GOLD,
            gold=declare.SubFactory(GoldFactory, campaign=declare.SelfAttribute("..campaign")),
            solution=declare.SelfAttribute("gold.solution"),
            overlap=rounds.UNLIMITED,
        )
        leased = declare.Trait(held=1)

    round = declare.SubFactory(RoundFactory)
    campaign = declare.SelfAttribute("round.campaign")
    solution = declare.SubFactory(SolutionFactory)
    position = declare.Sequence(lambda n: n)
    strategy = declare.SelfAttribute("round.strategy")
    strategy_version = declare.SelfAttribute("round.strategy_version")
    verdict = corpus.VerdictValue.WRONG
    score = 0.5
    rank = 1
    overlap = 1


# --- rating --------------------------------------------------------------------------------------------------------
class AssignmentFactory(DjangoModelFactory[rating.Assignment]):
    """A lease on a fresh item; the item's own counts are the caller's (``item__leased=True``)."""

    class Meta:
        model = rating.Assignment

    class Params:
        completed = declare.Trait(state=rating.AssignmentState.COMPLETED, finished_at=NOON)

    item = declare.SubFactory(ItemFactory)
    campaign = declare.SelfAttribute("item.campaign")
    solution = declare.SelfAttribute("item.solution")
    rater = declare.SubFactory(UserFactory)
    leased_at = NOON
    expires_at = declare.LazyAttribute(lambda lease: lease.leased_at + timedelta(hours=1))


class StandingFactory(DjangoModelFactory[rating.Standing]):
    class Meta:
        model = rating.Standing

    class Params:
        paused = declare.Trait(paused_at=NOON, pause_reason="Too many golds were missed.")

    rater = declare.SubFactory(UserFactory)
    campaign = declare.SubFactory(CampaignFactory)


class DraftFactory(DjangoModelFactory[rating.Draft]):
    class Meta:
        model = rating.Draft

    assignment = declare.SubFactory(AssignmentFactory)
    seq = 1
    document = "{}"


class GuidelineAcknowledgementFactory(DjangoModelFactory[rating.GuidelineAcknowledgement]):
    class Meta:
        model = rating.GuidelineAcknowledgement

    rater = declare.SubFactory(UserFactory)
    guideline = declare.SubFactory(GuidelineVersionFactory)


class AnnotationFactory(DjangoModelFactory[rating.Annotation]):
    """A first error at the third step, on an item that is done. Give ``step_ratings`` and the rest follows them."""

    class Meta:
        model = rating.Annotation

    class Params:
        gave_up = declare.Trait(finish_reason="give_up", reason="It is in a language I do not read.", step_ratings=[])
        bad_problem = declare.Trait(finish_reason="bad_problem", reason="The figure is missing.", step_ratings=[])

    uuid = declare.LazyFunction(uuid.uuid4)
    assignment = declare.SubFactory(AssignmentFactory, completed=True, item__done=True)
    item = declare.SelfAttribute("assignment.item")
    campaign = declare.SelfAttribute("item.campaign")
    round = declare.SelfAttribute("item.round")
    solution = declare.SelfAttribute("item.solution")
    rater = declare.SelfAttribute("assignment.rater")
    model_version = declare.SelfAttribute("round.model_version")
    request = "{}"
    step_ratings: Any = declare.LazyFunction(lambda: [1, 0, -1])
    first_error = declare.LazyAttribute(lambda made: made.step_ratings.index(-1) if -1 in made.step_ratings else None)
    finish_reason: Any = declare.LazyAttribute(lambda made: "found_error" if -1 in made.step_ratings else "solution")
    reason = ""
    total_time = 4200
    strategy = declare.SelfAttribute("item.strategy")
    strategy_version = declare.SelfAttribute("item.strategy_version")
    score = declare.SelfAttribute("item.score")
    rank = declare.SelfAttribute("item.rank")
    created_at = NOON
    document = declare.LazyAttribute(_document)
