"""Jobs as rows: who may run one, what is left of it after each kind of end, and waiting for it in a terminal."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.core.management.base import CommandError, OutputWrapper
from django.db import OperationalError, connection, connections
from django.utils import timezone
from rich.console import Console

from labelling.jobs import terminal
from labelling.jobs.models import Job, JobState
from labelling.jobs.services import LOCK_CLASS, job_create, job_run, job_stop, jobs_reclaim_lost
from labelling.jobs.terminal import console_on, job_wait
from tests.factories import JobFactory

pytestmark = pytest.mark.django_db


@contextmanager
def run_elsewhere(job: Job) -> Iterator[None]:
    """Hold the job's lock as a worker on another connection does."""
    other = connections.create_connection("default")
    other.settings_dict = connection.settings_dict
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, job.pk])
        yield
        with other.cursor() as cursor:  # not left to the closing, which the server sees a moment later
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, job.pk])
    finally:
        other.close()


def test_a_job_runs_from_queued_to_done() -> None:
    job = job_create(kind="grade", task="tasks.grade", params={"after": 3})
    with job_run(job_id=job.pk) as progress:
        assert progress is not None
        assert progress.job.params == {"after": 3}
        assert Job.objects.get().state == JobState.RUNNING
        progress.report(done=7, total=5, message="more than was known")
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.starts) == (JobState.DONE, 7, 7, 1)
    assert job.finished_at is not None


def test_a_finished_or_unknown_job_is_not_run_again() -> None:
    job = JobFactory.create(state=JobState.DONE)
    with job_run(job_id=job.pk) as finished, job_run(job_id=job.pk + 1) as unknown:
        assert finished is None
        assert unknown is None
    job.refresh_from_db()
    assert job.starts == 0


def test_a_job_that_runs_elsewhere_is_left_to_whoever_runs_it() -> None:
    job = JobFactory.create()
    with run_elsewhere(job), job_run(job_id=job.pk) as progress:
        assert progress is None
    with job_run(job_id=job.pk) as progress:
        assert progress is not None


def test_an_error_fails_the_job_with_its_reason_and_goes_on_up() -> None:
    job = JobFactory.create()
    with pytest.raises(LookupError), job_run(job_id=job.pk):
        raise LookupError("no such model")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "LookupError: no such model")


def test_a_lost_database_leaves_the_job_for_the_sweep() -> None:
    job = JobFactory.create()
    with pytest.raises(OperationalError), job_run(job_id=job.pk):
        raise OperationalError("server closed the connection")
    job.refresh_from_db()
    assert job.unfinished


def test_the_sweep_takes_back_only_old_unfinished_jobs_that_nobody_runs() -> None:
    lost, running, fresh, done = (JobFactory.create() for _ in range(4))
    Job.objects.exclude(pk=fresh.pk).update(enqueued_at=timezone.now() - timedelta(hours=1))
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE)
    with run_elsewhere(running):
        assert jobs_reclaim_lost() == [(lost.pk, lost.task)]
        assert jobs_reclaim_lost() == []


def wait(job: Job) -> str:
    out = io.StringIO()
    job_wait(job.pk, Console(file=out, soft_wrap=True))
    return out.getvalue()


def test_waiting_ends_with_what_the_job_says() -> None:
    assert "is done: 3 right" in wait(JobFactory.create(state=JobState.DONE, message="3 right"))


def test_waiting_for_a_failed_job_is_an_error_with_its_reason() -> None:
    with pytest.raises(CommandError, match=r"failed: ValueError: \[bold\]no"):
        wait(JobFactory.create(state=JobState.FAILED, error="ValueError: [bold]no"))


def test_waiting_for_a_deleted_job_is_an_error() -> None:
    job = JobFactory.create(state=JobState.DONE)
    Job.objects.all().delete()
    with pytest.raises(CommandError, match="gone"):
        wait(job)


def test_waiting_says_when_no_worker_comes_and_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    job = JobFactory.create(message="at last")
    naps = iter([None, None])

    def nap(seconds: float) -> None:
        if next(naps, job) is job:
            Job.objects.update(state=JobState.DONE)

    monkeypatch.setattr(terminal, "NOBODY_SECONDS", -1)
    monkeypatch.setattr(time, "sleep", nap)
    out = wait(job)
    assert out.count("No worker has taken job") == 1
    assert "is done: at last" in out


def test_ctrl_c_while_waiting_leaves_the_job_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    job = JobFactory.create()
    monkeypatch.setattr(time, "sleep", interrupted)
    with pytest.raises(CommandError, match="goes on in the worker") as stopped:
        wait(job)
    assert stopped.value.returncode == 130
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_rich_writes_to_a_commands_stream_without_djangos_line_ends() -> None:
    out = io.StringIO()
    console = console_on(OutputWrapper(OutputWrapper(out)))  # type: ignore[arg-type]  # as call_command nests them
    console.print("50 %", end="")
    console.print(" and more", end="")
    assert out.getvalue() == "50 % and more"


def test_a_job_that_never_ends_is_not_started_for_ever() -> None:
    job = JobFactory.create(starts=20)
    with job_run(job_id=job.pk) as progress:
        assert progress is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "20 times" in job.error


class TestStopping:
    def stoppable(self) -> Job:
        return job_create(kind="score", task="tasks.score", params={}, stoppable=True)

    def test_a_job_that_waits_is_stopped_and_never_run(self) -> None:
        job = self.stoppable()

        assert job_stop(job_id=job.pk)
        with job_run(job_id=job.pk) as progress:
            assert progress is None
        job.refresh_from_db()
        assert (job.state, job.starts) == (JobState.STOPPED, 0)
        assert job.finished_at is not None
        assert jobs_reclaim_lost() == []

    def test_a_job_that_runs_leaves_off_at_its_next_report(self) -> None:
        job, reached = self.stoppable(), []
        with job_run(job_id=job.pk) as progress:
            assert progress is not None
            progress.report(done=1, total=3)
            assert job_stop(job_id=job.pk)
            reached.append("stopped")
            progress.report(done=2, total=3)
            reached.append("went on")

        job.refresh_from_db()
        assert (job.state, job.done, job.error, reached) == (JobState.STOPPED, 1, "", ["stopped"])

    def test_one_that_ends_before_its_next_report_or_fails_stays_stopped(self) -> None:
        done, failed = self.stoppable(), self.stoppable()
        with job_run(job_id=done.pk):
            assert job_stop(job_id=done.pk)
        with suppress(ZeroDivisionError), job_run(job_id=failed.pk):
            assert job_stop(job_id=failed.pk)
            raise ZeroDivisionError

        assert set(Job.objects.values_list("state", flat=True)) == {JobState.STOPPED}

    def test_what_is_not_stoppable_or_has_ended_is_not_stopped(self) -> None:
        ended = JobFactory.create(state=JobState.DONE, stoppable=True)

        assert not job_stop(job_id=ended.pk)
        assert not job_stop(job_id=JobFactory.create().pk)
        assert not job_stop(job_id=ended.pk + 100)

    def test_who_waits_for_it_is_told(self) -> None:
        job = self.stoppable()
        job_stop(job_id=job.pk)

        with pytest.raises(CommandError, match=r"was stopped\. What it had done stays"):
            job_wait(job.pk, Console(file=io.StringIO()))
