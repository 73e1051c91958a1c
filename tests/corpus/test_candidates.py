"""Candidates for a next step: where they come from, stored once, and asked of a generator once."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from labelling.corpus.candidates import Step, candidates_of, candidates_store
from labelling.corpus.models import Alternative, CandidateRequest, Origin, Problem, RequestState
from labelling.corpus.requests import (
    LOCK_CLASS,
    MOST_TRIES,
    candidates_request,
    request_work,
    requests_reclaim_lost,
)
from labelling.corpus.text import prefix_key
from labelling.people.models import User
from tests.factories import AlternativeFactory, ProblemFactory, SampleFactory, SolutionFactory
from tests.processes import Processes, free_port, wait_until

FIRST = "Add 2 and 2 to get $4$."


@pytest.fixture
def problem(db: None) -> Problem:
    made: Problem = ProblemFactory.create()
    return made


def sample(problem: Problem, *steps: str, **of_solution: object) -> int:
    solution = SolutionFactory.create(problem=problem, steps=list(steps), text="\n".join(steps), **of_solution)
    SampleFactory.create(problem=problem, solution=solution)
    return int(solution.pk)


def texts(problem: Problem, *steps: str, queued: int = 0, most: int = 9) -> list[str]:
    return [one.text for one in candidates_of(problem_id=problem.pk, steps=steps, queued=queued, most=most)]


class TestWhereTheyComeFrom:
    def test_samples_that_share_the_steps_before_and_the_import(self, problem: Problem) -> None:
        sample(problem, FIRST, "Then double.")
        sample(problem, FIRST, "Then halve.")
        sample(problem, "Another beginning.", "Then what.")
        AlternativeFactory.create(problem=problem, before=(FIRST,), text="Then square.")
        AlternativeFactory.create(problem=problem, before=("Another beginning.",), text="Elsewhere.")
        assert sorted(texts(problem, FIRST)) == ["Then double.", "Then halve.", "Then square."]
        assert sorted(texts(problem)) == [FIRST, "Another beginning."]

    def test_each_is_stored_once_with_where_it_comes_from(self, problem: Problem) -> None:
        AlternativeFactory.create(problem=problem, text=FIRST)
        sample(problem, FIRST, "Then double.")
        for _ in range(2):
            texts(problem)
            texts(problem, FIRST)
        stored = dict(Alternative.objects.filter(problem=problem).values_list("text", "origin"))
        assert stored == {FIRST: Origin.IMPORT, "Then double.": Origin.SAMPLE}
        assert Alternative.objects.get(origin=Origin.SAMPLE).generator != ""

    def test_another_problem_s_stay_there(self, problem: Problem) -> None:
        sample(ProblemFactory.create(), FIRST, "Then double.")
        AlternativeFactory.create(text="Elsewhere.")
        assert texts(problem) == []

    def test_the_step_that_a_cut_off_sample_stopped_in_is_none(self, problem: Problem) -> None:
        sample(problem, FIRST, "Then dou", truncated=True)
        assert texts(problem) == [FIRST]
        assert texts(problem, FIRST) == []

    def test_a_rater_s_own_step_is_no_candidate_until_it_comes_from_elsewhere(
        self, problem: Problem, rater: User
    ) -> None:
        own = Step("Let $x = 4$.")
        candidates_store(problem_id=problem.pk, steps=(), new=[own], origin=Origin.RATER, author_id=rater.pk)
        assert texts(problem) == []
        candidates_store(problem_id=problem.pk, steps=(), new=[own], origin=Origin.IMPORT)
        assert texts(problem) == ["Let $x = 4$."]
        assert Alternative.objects.get().author is None


class TestHowManyAndInWhichOrder:
    def test_no_two_that_look_alike(self, problem: Problem) -> None:
        for text in ("Then double.", "Then  double.", "Then double. "):
            sample(problem, text, "And on.")
        assert len(texts(problem)) == 1

    def test_the_queued_solution_s_step_is_among_them_whatever_the_limit(self, problem: Problem) -> None:
        for number in range(6):
            AlternativeFactory.create(problem=problem, text=f"Import {number}.")
            sample(problem, f"Sample {number}.", "And on.")
        queued = sample(problem, "The queued one.", "And on.")
        assert "The queued one." in texts(problem, queued=queued, most=1)
        assert len(texts(problem, queued=queued, most=4)) == 4

    def test_the_import_comes_before_samples_and_these_before_generators(self, problem: Problem) -> None:
        candidates_store(problem_id=problem.pk, steps=(), new=[Step("Generated.", "m")], origin=Origin.GENERATOR)
        sample(problem, "Sampled.", "And on.")
        AlternativeFactory.create(problem=problem, text="Imported.")
        assert [set(texts(problem, most=most)) for most in (1, 2, 3)] == [
            {"Imported."},
            {"Imported.", "Sampled."},
            {"Imported.", "Sampled.", "Generated."},
        ]

    def test_the_order_is_the_same_each_time_and_tells_nothing(self, problem: Problem) -> None:
        names = [f"Step {number}." for number in range(9)]
        for name in names:
            AlternativeFactory.create(problem=problem, text=name)
        assert texts(problem) == texts(problem)
        assert texts(problem) != names


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("So it is\n\n# Answer\n\n8", True),
        (r"So $x = \boxed{8}$.", True),
        ("#### 8", True),
        ("Answer: 8", True),
        ("So the answer is 8.", False),
        ("Then $4 + 4 = 8$.", False),
    ],
)
def test_a_candidate_that_states_the_final_answer_says_so(problem: Problem, text: str, ends: bool) -> None:
    AlternativeFactory.create(problem=problem, text=text)
    (found,) = candidates_of(problem_id=problem.pk, steps=(), queued=0, most=4)
    assert found.ends is ends


def test_the_last_step_of_a_sample_with_an_answer_ends_it_however_it_is_said(problem: Problem) -> None:
    AlternativeFactory.create(problem=problem, before=(FIRST,), text="So the answer is 8.")
    sample(problem, FIRST, "So the answer is 8.", final_answer="8")
    sample(problem, FIRST, "Well, no.", final_answer=None)
    found = candidates_of(problem_id=problem.pk, steps=[FIRST], queued=0, most=4)
    assert {one.text: one.ends for one in found} == {"So the answer is 8.": True, "Well, no.": False}


# --- asking ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def generator(settings: object, processes: Processes) -> str:
    url = processes.stand_in()
    settings.GENERATOR_URL, settings.GENERATOR_MODEL = url, "stand-in"  # type: ignore[attr-defined]
    return url


def request_row(problem: Problem, *, model: str = "stand-in", again: bool = False) -> CandidateRequest:
    row, _ = candidates_request(problem_id=problem.pk, steps=[FIRST], wanted=4, model=model, again=again)
    return row


def due_now() -> None:
    CandidateRequest.objects.update(try_at=timezone.now() - timedelta(minutes=1))


@pytest.mark.django_db(transaction=True)
class TestAsking:
    def test_what_is_asked_once_is_stored_once_with_the_model_s_name(self, generator: str, problem: Problem) -> None:
        row = request_row(problem)
        assert request_work(request_id=row.pk) is None
        row.refresh_from_db()
        assert (row.state, row.found, row.tries, row.error) == (RequestState.DONE, 4, 1, "")
        stored = Alternative.objects.filter(problem=problem, prefix_key=uuid.UUID(prefix_key([FIRST])))
        assert set(stored.values_list("origin", "generator", "step_index")) == {(Origin.GENERATOR, "stand-in", 1)}
        assert len(texts(problem, FIRST)) == 4

    def test_the_same_again_is_the_same_row_and_a_second_worker_makes_nothing_twice(
        self, generator: str, problem: Problem
    ) -> None:
        rows = [request_row(problem) for _ in range(2)]
        assert rows[0] == rows[1]
        for _ in range(2):
            request_work(request_id=rows[0].pk)
        assert CandidateRequest.objects.get().tries == 1
        assert Alternative.objects.count() == 4

    def test_a_request_that_is_worked_on_elsewhere_is_left_alone(self, generator: str, problem: Problem) -> None:
        row = request_row(problem)
        other = connections.create_connection("default")
        other.settings_dict = connection.settings_dict
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, row.pk])
            assert request_work(request_id=row.pk) is None
            due_now()
            assert requests_reclaim_lost() == []
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, row.pk])
        finally:
            other.close()
        assert CandidateRequest.objects.get().tries == 0
        assert requests_reclaim_lost() == [row.pk]

    def test_what_may_pass_is_tried_again_later_and_in_the_end_given_up(
        self, generator: str, problem: Problem, settings: object
    ) -> None:
        settings.GENERATOR_MODEL = "stand-in:garbage"  # type: ignore[attr-defined]
        row = request_row(problem, model="stand-in:garbage")
        waits = []
        for _ in range(MOST_TRIES):
            waits.append(request_work(request_id=row.pk))
            assert request_work(request_id=row.pk) is None or len(waits) == MOST_TRIES  # not due yet
            due_now()
        assert waits[-1] is None
        first, second, third = (wait or 0 for wait in waits[:3])
        assert 0.5 < first < second < third < 10
        row.refresh_from_db()
        assert (row.state, row.tries, row.error) == (RequestState.FAILED, MOST_TRIES, "answered what is no JSON")

    def test_what_will_not_pass_is_not_tried_again(self, generator: str, problem: Problem, settings: object) -> None:
        settings.GENERATOR_MODEL = "stand-in:refuse"  # type: ignore[attr-defined]
        row = request_row(problem, model="stand-in:refuse")
        assert request_work(request_id=row.pk) is None
        row.refresh_from_db()
        assert (row.state, row.tries, row.error) == (RequestState.FAILED, 1, "answered 401")

    def test_a_failed_one_can_be_asked_anew(self, generator: str, problem: Problem) -> None:
        row = request_row(problem)
        CandidateRequest.objects.update(state=RequestState.FAILED, tries=MOST_TRIES, error="answered 401")
        assert request_row(problem).state == RequestState.FAILED
        assert request_row(problem, again=True).state == RequestState.ASKED
        request_work(request_id=row.pk)
        assert CandidateRequest.objects.get().state == RequestState.DONE

    def test_one_that_kills_its_worker_each_time_does_not_come_for_ever(self, generator: str, problem: Problem) -> None:
        row = request_row(problem)
        CandidateRequest.objects.update(tries=MOST_TRIES)
        assert request_work(request_id=row.pk) is None
        assert CandidateRequest.objects.get().state == RequestState.FAILED

    def test_a_generator_that_was_taken_out_of_the_settings_is_not_waited_for(self, problem: Problem) -> None:
        row = request_row(problem)
        request_work(request_id=row.pk)
        assert CandidateRequest.objects.get().state == RequestState.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_leaves_the_asking_to_the_next(
    processes: Processes, problem: Problem
) -> None:
    import signal

    environment = {
        "STEPMARK_GENERATOR_URL": processes.stand_in(),
        "STEPMARK_GENERATOR_MODEL": "stand-in:slow",
    }
    row = request_row(problem, model="stand-in:slow")
    worker = processes.worker(queues="default,prm,generator", extra=environment)
    wait_until(lambda: CandidateRequest.objects.get().tries == 1, what="the first try")
    processes.stop(worker, how=signal.SIGKILL)
    assert CandidateRequest.objects.get().state == RequestState.ASKED
    processes.worker(queues="default,prm,generator", extra=environment)
    wait_until(lambda: CandidateRequest.objects.get().state == RequestState.DONE, what="the second worker's answer")
    row.refresh_from_db()
    assert row.tries == 2
    assert Alternative.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_that_is_away_for_a_while_is_asked_until_it_is_back(processes: Processes, problem: Problem) -> None:
    port = free_port()
    environment = {
        "STEPMARK_GENERATOR_URL": f"http://127.0.0.1:{port}/v1",
        "STEPMARK_GENERATOR_MODEL": "stand-in",
    }
    request_row(problem)
    processes.worker(queues="default,prm,generator", extra=environment)
    wait_until(lambda: "broke the connection" in CandidateRequest.objects.get().error, what="the first failure")
    processes.stand_in(port)
    wait_until(lambda: CandidateRequest.objects.get().state == RequestState.DONE, what="the answer")
