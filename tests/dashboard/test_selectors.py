"""The figures, from rows that stand for each case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelling.corpus.services import reference_confirm
from labelling.dashboard.figures import Mix
from labelling.dashboard.selectors import campaign_lines, overview
from labelling.jobs.models import JobState
from labelling.people.models import Role, User
from labelling.rating.models import Standing
from labelling.rounds.models import Campaign
from tests.factories import (
    NOON,
    AnnotationFactory,
    AssignmentFactory,
    CampaignFactory,
    DraftFactory,
    ItemFactory,
    JobFactory,
    MembershipFactory,
    PoolEntryFactory,
    ReferenceHoldFactory,
    RoundFactory,
    SolutionFactory,
)

pytestmark = pytest.mark.django_db


def counts(mix: Mix) -> dict[str, int]:
    return {str(part.label): part.count for part in mix.parts}


@pytest.fixture(autouse=True)
def elsewhere() -> None:
    """Work in another campaign, which must be in none of the figures."""
    stored = AnnotationFactory.create(assignment__item__round__campaign__slug="elsewhere")
    ReferenceHoldFactory.create(round=stored.round)
    PoolEntryFactory.create(campaign="elsewhere", problem=stored.solution.problem)
    ItemFactory.create_batch(2, round=stored.round)


class TestRounds:
    def test_it_tells_done_leased_and_waiting_items_apart(self, campaign: Campaign) -> None:
        round = RoundFactory.create(campaign=campaign)
        ItemFactory.create_batch(2, round=round, done=True)
        ItemFactory.create(round=round, held=1, completed=1, overlap=3)
        ItemFactory.create(round=round, completed=1, overlap=3)
        ItemFactory.create_batch(3, round=round)
        ItemFactory.create(round=round, state="withdrawn")
        seen = overview(campaign)
        assert seen.round is not None
        assert counts(seen.progress) == {"Done": 2, "In hand": 1, "Waiting": 4}
        assert (seen.round.items, seen.round.withdrawn) == (7, 1)
        assert seen.round.depth == 1 + 2 + 3

    def test_it_shows_the_open_round_and_lists_all(self, campaign: Campaign) -> None:
        RoundFactory.create(campaign=campaign, closed=True)
        opened = RoundFactory.create(campaign=campaign, model_version__model__name="qwen", model_version__number=4)
        seen = overview(campaign)
        assert seen.round is not None
        assert (seen.round.number, seen.round.open, seen.round.model) == (2, True, str(opened.model_version))
        assert [(one.number, one.open, one.closed_at) for one in seen.rounds] == [(2, True, None), (1, False, NOON)]

    def test_between_rounds_it_shows_the_newest_whose_queue_is_shut(self, campaign: Campaign) -> None:
        RoundFactory.create(campaign=campaign, closed=True)
        ItemFactory.create(round=RoundFactory.create(campaign=campaign, closed=True))
        seen = overview(campaign)
        assert seen.round is not None
        assert (seen.round.number, seen.round.waiting, seen.round.depth) == (2, 1, 0)

    def test_a_campaign_without_any_has_none(self, campaign: Campaign) -> None:
        seen = overview(campaign)
        assert (seen.round, seen.rounds, seen.holds, seen.progress.total) == (None, [], [], 0)

    def test_holds_are_those_of_the_current_round_the_surest_first(self, campaign: Campaign) -> None:
        ReferenceHoldFactory.create(round=RoundFactory.create(campaign=campaign, closed=True))
        round = RoundFactory.create(campaign=campaign)
        for share in (0.81, 0.95):
            ReferenceHoldFactory.create(round=round, share=share, answer=f"{share}", problem__reference_answer="7")
        seen = overview(campaign)
        assert [(one.percent, one.answer, one.reference) for one in seen.holds] == [
            (95, "0.95", "7"),
            (81, "0.81", "7"),
        ]
        assert seen.round is not None
        assert seen.round.holds == 2
        assert seen.to_check == 3

    def test_a_hold_that_a_person_has_decided_is_no_more_to_check(self, campaign: Campaign, lead: User) -> None:
        hold = ReferenceHoldFactory.create(round=RoundFactory.create(campaign=campaign), problem__reference_answer="7")
        reference_confirm(problem=hold.problem, reason="It is right.", person=lead)
        seen = overview(campaign)
        assert (seen.holds, seen.to_check) == ([], 0)
        assert seen.round is not None
        assert seen.round.holds == 1


class TestLabels:
    def test_it_sums_up_labels_reasons_and_first_errors(self, campaign: Campaign) -> None:
        round = RoundFactory.create(campaign=campaign)
        for ratings in ([1, 0, -1], [1, None, -1], [-1], [1, 1, 1]):
            AnnotationFactory.create(assignment__item__round=round, step_ratings=ratings)
        AnnotationFactory.create(assignment__item__round=round, gave_up=True)
        AnnotationFactory.create(assignment__item__round=round, bad_problem=True, late=True)
        seen = overview(campaign)
        assert counts(seen.labels) == {"Positive": 5, "Neutral": 1, "Negative": 3, "Unsure, not rated": 1}
        assert counts(seen.finish_reasons) == {"Found an error": 3, "No error": 1, "Gave up": 1, "Bad problem": 1}
        assert [(one.label, one.count) for one in seen.first_errors] == [("1", 1), ("2", 0), ("3", 2)]
        assert (seen.annotations, seen.late) == (6, 1)


class TestRaters:
    def test_it_shows_each_raters_own_work(self, campaign: Campaign, worker: User) -> None:
        round = RoundFactory.create(campaign=campaign)
        now = timezone.now()
        for total_time, when in ((4_000, now), (6_000, now), (60_000, now - timedelta(days=2))):
            AnnotationFactory.create(
                assignment__item__round=round, assignment__rater=worker, total_time=total_time, created_at=when
            )
        AnnotationFactory.create(assignment__rater=worker, total_time=1)
        [rita] = overview(campaign).raters
        assert (rita.name, rita.pseudonym) == ("rita", worker.pseudonym)
        assert (rita.today, rita.total, rita.seconds, rita.last_seen) == (2, 3, 6.0, now)

    def test_simulated_raters_and_what_they_did_are_told_from_people(self, campaign: Campaign, worker: User) -> None:
        first = RoundFactory.create(campaign=campaign, closed=True)
        made_up = AnnotationFactory.create(assignment__item__round=first, simulated=True)
        Standing.objects.create(rater=made_up.rater, campaign=campaign, simulated=True)
        second = RoundFactory.create(campaign=campaign)
        mine = AnnotationFactory.create(assignment__item__round=second, assignment__rater=worker)
        Standing.objects.create(rater=worker, campaign=mine.item.campaign)
        Standing.objects.create(rater=worker, campaign=CampaignFactory.create(), simulated=True)
        seen = overview(campaign)
        assert {one.name: one.simulated for one in seen.raters} == {made_up.rater.username: True, "rita": False}
        assert [(one.number, one.simulated) for one in seen.rounds] == [(2, False), (1, True)]
        assert (seen.annotations, seen.simulated) == (2, 1)

    def test_a_lease_and_a_draft_count_as_seen(self, campaign: Campaign, worker: User) -> None:
        lease = AssignmentFactory.create(item__round__campaign=campaign, rater=worker)
        [rita] = overview(campaign).raters
        assert (rita.total, rita.seconds, rita.last_seen) == (0, None, lease.leased_at)
        draft = DraftFactory.create(assignment=lease)
        [rita] = overview(campaign).raters
        assert rita.last_seen == draft.updated_at

    def test_it_lists_members_and_whoever_worked_and_nobody_else(self, campaign: Campaign, worker: User) -> None:
        MembershipFactory.create(user__username="everywhere", role=Role.RATER, campaign="*")
        MembershipFactory.create(user__username="reader", role=Role.RESEARCHER, campaign=campaign.slug)
        MembershipFactory.create(user__username="stranger", role=Role.RATER, campaign="elsewhere")
        MembershipFactory.create(user__username="left", user__is_active=False, campaign=campaign.slug)
        AnnotationFactory.create(assignment__item__round__campaign=campaign, assignment__rater__username="former")
        assert [one.name for one in overview(campaign).raters] == ["former", "everywhere", worker.username]


class TestPoolAndJobs:
    def test_the_pool_counts_verdicts_and_held_out_problems(self, campaign: Campaign) -> None:
        first, second = PoolEntryFactory.create_batch(2, campaign=campaign.slug)
        second.problem.held_out = True
        second.problem.save(update_fields=["held_out"])
        SolutionFactory.create_batch(2, problem=first.problem)
        SolutionFactory.create(problem=first.problem, right=True)
        SolutionFactory.create(problem=second.problem, ungraded=True)
        SolutionFactory.create(problem=second.problem, verdict="undecided")
        pool = overview(campaign).pool
        assert (pool.problems, pool.held_out) == (2, 1)
        assert counts(pool.verdicts) == {"Right": 1, "Wrong": 2, "Undecided": 1, "Not graded": 1}

    def test_jobs_are_those_that_go_on_then_those_that_ended_of_late(self, campaign: Campaign) -> None:
        now = timezone.now()
        JobFactory.create(state=JobState.DONE, finished_at=now - timedelta(hours=1))
        JobFactory.create(state=JobState.FAILED, finished_at=now - timedelta(days=3))
        why = "BadConfig: no folder"
        failed = JobFactory.create(
            state=JobState.FAILED, finished_at=now, done=5, total=10, started_at=now, error=why, message="5 of 10"
        )
        running = JobFactory.create(running=True, started_at=now - timedelta(seconds=10), done=20, total=100)
        waiting = JobFactory.create()
        done = JobFactory.create(state=JobState.DONE, finished_at=now, error="a fault before it went on")
        jobs = {one.pk: one for one in overview(campaign).jobs}
        assert list(jobs) == [waiting.pk, running.pk, done.pk, failed.pk]
        assert (jobs[failed.pk].error, jobs[done.pk].error) == ("no folder", "")
        assert jobs[running.pk].rate == pytest.approx(2, rel=0.1)
        assert jobs[running.pk].left is not None
        assert jobs[failed.pk].rate is None


class TestList:
    def test_it_holds_only_the_campaigns_that_the_user_leads(self, owner: User, colleague: User, lead: User) -> None:
        assert [line.slug for line in campaign_lines(owner)] == ["gsm"]
        assert [line.slug for line in campaign_lines(colleague)] == ["other"]
        assert {line.slug for line in campaign_lines(lead)} == {"gsm", "other", "elsewhere"}

    def test_it_shows_the_open_rounds_progress(self, campaign: Campaign, owner: User) -> None:
        [line] = campaign_lines(owner)
        assert (line.round, line.progress.total, line.annotations) == (None, 0, 0)
        ItemFactory.create(round=RoundFactory.create(campaign=campaign, closed=True))
        round = RoundFactory.create(campaign=campaign)
        AnnotationFactory.create(assignment__item__round=round)
        AnnotationFactory.create(assignment__item__round=round, created_at=timezone.now())
        ItemFactory.create(round=round)
        [line] = campaign_lines(owner)
        assert (line.name, line.round, line.annotations, line.today) == (campaign.name, 2, 2, 1)
        assert counts(line.progress) == {"Done": 2, "In hand": 0, "Waiting": 1}

    def test_a_campaign_elsewhere_is_not_there_for_its_raters(self, worker: User) -> None:
        CampaignFactory.create()
        assert campaign_lines(worker) == []
