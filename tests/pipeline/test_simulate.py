"""``simulate``: raters of known quality on a queue of known truth, through the services and through the web."""

import io
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from labelling.corpus.models import Alternative, Solution
from labelling.corpus.world import WorldSample, make_world, to_native
from labelling.people.models import Membership, Role, User
from labelling.pipeline.simulated import judged_before
from labelling.rating.models import Annotation, Assignment, AssignmentState, Draft, GuidelineAcknowledgement, Standing
from labelling.rounds.models import UNLIMITED, Campaign, Gold, Item, ItemKind, ItemState, Round
from tests.conftest import person
from tests.factories import (
    AlternativeFactory,
    CampaignFactory,
    GuidelineVersionFactory,
    ItemFactory,
    ProblemFactory,
    RoundFactory,
    SampleFactory,
    SolutionFactory,
)
from tests.processes import Processes, free_port

pytestmark = pytest.mark.django_db

SLUG = "world"


def stored(sample: WorldSample) -> Solution:
    problem = ProblemFactory.create(text=sample.problem, reference_answer=sample.reference_answer)
    solution = SolutionFactory.create(problem=problem, steps=list(sample.steps), final_answer=sample.answer)
    SampleFactory.create(solution=solution, meta=to_native(sample)["meta"])
    return solution


def queued(*, items: int, overlap: int = 1, golds: int = 0) -> Round:
    """An open round of so many made-up solutions, all of known truth, and its golds."""
    round = RoundFactory.create(campaign__slug=SLUG)
    GuidelineVersionFactory.create(campaign=round.campaign)
    for at, sample in enumerate(make_world(seed=9, problems=items + golds, samples=1)):
        solution = stored(sample)
        if at < items:
            ItemFactory.create(round=round, solution=solution, overlap=overlap, position=at)
            continue
        error = -1 if sample.first_error is None else sample.first_error
        gold = Gold.objects.create(campaign=round.campaign, solution=solution, acceptable=[error])
        ItemFactory.create(
            round=round, solution=solution, kind=ItemKind.GOLD, gold=gold, overlap=UNLIMITED, position=at
        )
    return round


def queued_again(slug: str) -> None:
    """The same solutions in another campaign, where nobody has judged them yet."""
    round = RoundFactory.create(campaign__slug=slug)
    for item in Item.objects.filter(campaign__slug=SLUG):
        ItemFactory.create(round=round, solution=item.solution, position=item.position)


def simulate(*raters: str, slug: str = SLUG, **options: Any) -> str:
    out = io.StringIO()
    given = {"raters": raters, "seed": 4, "fast": True} | options
    call_command("simulate", slug, **given, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def labels(slug: str = SLUG) -> dict[tuple[str, int], list[int | None]]:
    rows = Annotation.objects.filter(campaign__slug=slug).values_list(
        "rater__username", "item__position", "step_ratings"
    )
    return {(name, position): ratings for name, position, ratings in rows}


class TestFast:
    def test_it_labels_all_that_is_queued_as_often_as_its_overlap_asks(self) -> None:
        queued(items=12, overlap=2)
        told = simulate("careful=2", "steady")
        assert [item.state for item in Item.objects.all()] == [ItemState.DONE] * 12
        assert set(
            Annotation.objects.values_list("item").annotate(n=Count("rater", distinct=True)).values_list("n")
        ) == {(2,)}
        assert {name for name, _ in labels()} == {"sim-careful-1", "sim-careful-2", "sim-steady-1"}
        assert "3 simulated raters judged 24 solutions of world (seed 4, through the services)" in told
        assert (Draft.objects.count(), GuidelineAcknowledgement.objects.count()) == (0, 3)

    def test_in_every_step_mode_they_rate_all_steps_and_write_the_notes_that_are_asked_for(self) -> None:
        round = queued(items=6, golds=2)
        Campaign.objects.update(mode="every_step", error_notes="required")
        simulate("careful")
        found = list(Annotation.objects.select_related("solution"))
        assert len(found) == 6 + round.items.filter(kind=ItemKind.GOLD).count()
        assert all(len(one.step_ratings) == len(one.solution.steps) for one in found)
        assert [len(one.notes) for one in found] == [one.step_ratings.count(-1) for one in found]

    def test_they_rate_the_alternatives_that_they_are_offered_by_the_truth_about_them(self) -> None:
        queued(items=6)
        made = make_world(seed=9, problems=6, samples=1)
        for sample, solution in zip(made, Solution.objects.order_by("pk"), strict=True):
            for other in sample.alternatives:
                before = solution.steps[: sample.first_error]
                AlternativeFactory.create(problem=solution.problem, before=tuple(before), text=other.text)
        Alternative.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        simulate("careful")
        rated = {
            one["text"]: one["rating"]
            for annotation in Annotation.objects.all()
            for step in json.loads(annotation.document)["label"]["steps"]
            for one in step["completions"][1:]
        }
        truth = {
            other.text: other.rating
            for sample in make_world(seed=9, problems=6, samples=1)
            for other in sample.alternatives
        }
        assert len(rated) > 4
        assert sum(truth[text] == rating for text, rating in rated.items()) / len(rated) > 0.8

    def test_they_have_no_part_in_alternatives_mode(self) -> None:
        RoundFactory.create(campaign__slug=SLUG, campaign__mode="alternatives")
        with pytest.raises(CommandError, match="no part in alternatives mode"):
            simulate("careful")

    def test_they_are_marked_as_simulated_with_all_that_they_label(self) -> None:
        round = queued(items=3)
        simulate("careful")
        user = User.objects.get(username="sim-careful-1")
        assert user.pseudonym.startswith("sim-")
        assert not user.has_usable_password()
        assert list(Membership.objects.values_list("user", "role", "campaign")) == [(user.pk, Role.RATER, SLUG)]
        assert Standing.objects.get(rater=user, campaign=round.campaign).simulated
        assert list(Annotation.objects.values_list("simulated", flat=True)) == [True] * 3
        assert {json.loads(one.document)["labeler"] for one in Annotation.objects.all()} == {user.pseudonym}

    def test_the_same_seed_gives_the_same_labels_and_another_one_does_not(self) -> None:
        queued(items=8)
        simulate("careless", seed=1)
        for slug, seed, same in (("again", 1, True), ("other", 2, False)):
            queued_again(slug)
            simulate("careless", slug=slug, seed=seed)
            assert (labels(slug) == labels()) == same

    def test_each_does_as_many_as_it_is_told_to_and_goes_on_from_there(self, tmp_path: Path) -> None:
        round = queued(items=10)
        path = tmp_path / "profiles.json"
        path.write_text(json.dumps({"spent": {"accuracy": 0.9, "fatigue": 0.5}}))
        assert "judged 3 solutions" in simulate("spent", profiles=path, items=3)
        user = User.objects.get()
        assert judged_before(campaign=round.campaign, users=[user]) == {user.pk: 3}  # it is as tired as then
        assert "judged 7 solutions" in simulate(profiles=path)
        assert {name for name, _ in labels()} == {"sim-spent-1"}

    def test_a_bad_rater_is_paused_by_gold_and_a_good_one_goes_on(self) -> None:
        queued(items=60, overlap=2, golds=12)
        told = simulate("careless", "careful=2")
        standings = {one.rater.username: one for one in Standing.objects.select_related("rater")}
        bad, good = standings["sim-careless-1"], standings["sim-careful-1"]
        assert bad.paused_at is not None
        assert bad.gold_right < bad.gold_seen
        assert f"sim-careless-1 is paused: {bad.pause_reason}" in told
        assert good.paused_at is None
        assert good.gold_right / good.gold_seen >= 0.8

    def test_they_pass_the_screening_before_they_work(self) -> None:
        round = queued(items=4)
        Campaign.objects.update(screening_required=True, screening_items=5, gold_per_round=0)
        for sample in make_world(seed=77, problems=5, samples=1):
            error = -1 if sample.first_error is None else sample.first_error
            Gold.objects.create(campaign=round.campaign, solution=stored(sample), use="screening", acceptable=[error])
        simulate("careful")
        kinds = Counter(Annotation.objects.values_list("item__kind", flat=True))
        assert kinds == {ItemKind.SCREENING: 5, ItemKind.NORMAL: 4}


class TestRefusals:
    def refused(self, *raters: str, **options: Any) -> str:
        with pytest.raises(CommandError) as caught:
            simulate(*raters, **options)
        assert (Annotation.objects.count(), Assignment.objects.count()) == (0, 0)
        return str(caught.value)

    def test_candidates_are_nothing_for_them(self) -> None:
        CampaignFactory.create(slug="world", mode="alternatives")
        assert "alternatives mode" in self.refused("careful")
        assert not User.objects.exists()

    def test_items_of_unknown_truth_are_refused_before_anybody_is_made(self) -> None:
        round = queued(items=2)
        ItemFactory.create(round=round, position=7)
        SampleFactory.create(solution=ItemFactory.create(round=round, position=8).solution, meta={"step_ratings": [7]})
        assert "The truth about 2 of the 4 solutions queued in 'world' is not known" in self.refused("careful")
        assert not User.objects.exists()

    def test_an_empty_queue_says_what_to_do(self) -> None:
        RoundFactory.create(campaign__slug=SLUG)
        assert "open a round first" in self.refused("careful")

    def test_a_person_is_never_taken_for_a_simulated_rater(self) -> None:
        queued(items=1)
        sims = person("sim-careful-1", Role.RATER)
        assert "is a person" in self.refused("careful")
        assert not Standing.objects.filter(rater=sims).exists()

    @pytest.mark.parametrize(
        ("raters", "options", "said"),
        [
            ([], {}, "Say which raters"),
            (["nobody"], {}, "no profile 'nobody'; there are: careful"),
            (["careful=0"], {}, "from 1 to 500"),
            (["careful=x"], {}, "from 1 to 500"),
            (["careful"], {"items": 0}, "--items is 0"),
            (["careful"], {"pace": -1}, "--pace is -1"),
            (["careful"], {"profiles": Path("/nowhere.json")}, "--profiles /nowhere.json"),
        ],
    )
    def test_nonsense_is_refused(self, raters: list[str], options: dict[str, Any], said: str) -> None:
        queued(items=1)
        assert said in self.refused(*raters, **options)

    def test_a_campaign_that_is_not_there_is_named(self) -> None:
        assert "no campaign 'world'" in self.refused("careful")


@pytest.mark.django_db(transaction=True)
class TestThroughTheWeb:
    def test_several_at_once_work_as_people_do(self, processes: Processes) -> None:
        queued(items=8, overlap=3)
        told = simulate("careful=2", "lenient", "strict", fast=False, url=processes.web())
        assert [item.state for item in Item.objects.all()] == [ItemState.DONE] * 8
        assert set(Item.objects.values_list("held", "completed")) == {(0, 3)}
        assert len(labels()) == Annotation.objects.filter(simulated=True).count() == 24
        assert not Assignment.objects.exclude(state=AssignmentState.COMPLETED).exists()
        assert "4 simulated raters judged 24 solutions" in told
        users = User.objects.all()
        assert all(user.last_login and not user.has_usable_password() for user in users)
        assert GuidelineAcknowledgement.objects.count() == 4

    def test_both_ways_give_the_same_label_for_the_same_solution(self, processes: Processes) -> None:
        queued(items=6)
        simulate("steady", items=6)
        queued_again("web")
        simulate("steady", slug="web", fast=False, url=processes.web())
        assert labels("web") == labels()
        assert len(labels()) == 6

    def test_a_server_that_is_not_there_is_told_and_leaves_no_password(self) -> None:
        queued(items=1)
        with pytest.raises(CommandError, match="cannot be reached"):
            simulate("careful", fast=False, url=f"http://127.0.0.1:{free_port()}")
        assert not User.objects.get().has_usable_password()
