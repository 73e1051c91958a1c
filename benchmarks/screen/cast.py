"""Campaigns with ready items and a rater to label them, made in the database. To be called with Django set up."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.screen.texts import Text, mathlike

PASSWORD = "ten-keys-for-ten-steps-4711"  # noqa: S105  of a made-up person in a folder that is gone after the run
RATER = "rita"
WRONG_ANSWER = "9"


@dataclass(frozen=True)
class Show:
    """A campaign to be made: how many items, of how many steps each, and whether an item goes with its last rating."""

    slug: str
    items: int
    steps: int
    auto_submit: bool = False

    @property
    def page(self) -> str:
        return f"/label/{self.slug}/"


def make_cast(shows: Sequence[Show]) -> None:
    """The shows, and their rater, who has read the guidelines."""
    from labelling.people.models import Role, User
    from labelling.people.services import member_add, user_set_password
    from labelling.rating.services import guideline_acknowledge
    from labelling.rounds.models import GuidelineVersion

    rater = User.objects.create(username=RATER)
    user_set_password(user=rater, password=PASSWORD)
    member_add(user=rater, role=Role.RATER)
    first = 0
    for show in shows:
        _make(show, first)
        first += show.items
    for guideline in GuidelineVersion.objects.all():
        guideline_acknowledge(rater=rater, guideline=guideline)


def _make(show: Show, first: int) -> None:
    from labelling.prm.services import model_register
    from labelling.rounds.models import Item, Round
    from labelling.rounds.services import campaign_get_or_create

    campaign, _ = campaign_get_or_create(slug=show.slug, name=show.slug.replace("-", " ").capitalize())
    campaign.auto_submit = show.auto_submit
    campaign.save(update_fields=["auto_submit"])
    version = model_register(name=f"flat-{show.slug}", backend="constant", config={"value": 0.5})[1]
    kept = {"strategy": "convincing-wrong", "strategy_version": 1}
    round_ = Round.objects.create(campaign=campaign, number=1, model_version=version, **kept)
    for position in range(show.items):
        solution = _solution(mathlike(first + position, steps=show.steps))
        Item.objects.create(
            round=round_, campaign=campaign, solution_id=solution, position=position,
            verdict="wrong", score=0.5, rank=1, overlap=1, **kept,
        )  # fmt: skip


def _solution(text: Text) -> int:
    from labelling.corpus.models import Problem, Solution
    from labelling.corpus.text import problem_key, solution_key

    problem = Problem.objects.create(key=problem_key(text.problem), text=text.problem, reference_answer=text.answer)
    steps = list(text.steps)
    key = solution_key(text="\n".join(steps), steps=steps, final_answer=WRONG_ANSWER, truncated=False)
    solution = Solution.objects.create(
        problem=problem, key=key, text="\n".join(steps), steps=steps, final_answer=WRONG_ANSWER, truncated=False,
        first_index=0, verdict="wrong", verdict_why="other answer",
    )  # fmt: skip
    return int(solution.pk)
