"""Commands in a terminal: where rich writes, and waiting for a job by its row, which is all that a worker writes."""

import time
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.db import InterfaceError, OperationalError, connection
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from labelling.jobs.models import Job, JobState

POLL_SECONDS = 0.25
LOST_SECONDS = 60
TENTHS_BELOW = 10  # a second
NOBODY_SECONDS = 10  # a worker that lives takes a job sooner than that, unless it is busy with another


class RateColumn(ProgressColumn):
    """How many a second, of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s" if speed < TENTHS_BELOW else f"{speed:,.0f}/s")


def console_on(output: OutputWrapper) -> Console:
    """A console on a command's own output, unwrapped: Django's wrapper would end each write with a newline."""
    stream: Any = output
    while isinstance(stream, OutputWrapper):
        stream = stream._out
    return Console(file=stream, soft_wrap=True)


def printable(text: str) -> str:
    """Hostile text must not move a terminal's cursor, nor end a command whose output is not UTF-8."""
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return shown.encode(errors="backslashreplace").decode()


def job_wait(job_id: int, console: Console) -> Job:
    """Return the job once it is done, showing its progress where ``console`` is a terminal.

    Raises CommandError when the job fails, is deleted, or the person stops waiting (the job itself goes on).
    """
    with _bar(console) as bar:
        task = bar.add_task("", total=None)
        try:
            job = _until_finished(job_id, console, bar, task)
        except KeyboardInterrupt:
            raise CommandError(f"Stopped waiting; job {job_id} goes on in the worker.", returncode=130) from None
    if job.state == JobState.FAILED:
        raise CommandError(f"Job {job.pk} ({job.kind}) failed: {printable(job.error) or 'no reason was recorded'}")
    if job.state == JobState.STOPPED:
        raise CommandError(f"Job {job.pk} ({job.kind}) was stopped. What it had done stays: {job.done:,}.")
    console.print(
        f"Job {job.pk} ({job.kind}) is done: {printable(job.message) or job.done}", markup=False, highlight=False
    )
    return job


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _until_finished(job_id: int, console: Console, bar: Progress, task: TaskID) -> Job:
    began, warned = time.monotonic(), False
    while True:
        job = _looked_up(job_id, console)
        if job is None:
            raise CommandError(f"Job {job_id} is gone: its row was deleted.")
        bar.update(task, description=_label(job), completed=job.done, total=job.total)
        if not job.unfinished:
            return job
        if job.state == JobState.QUEUED and not warned and time.monotonic() - began > NOBODY_SECONDS:
            warned = True
            console.print(_nobody(job), markup=False, highlight=False)
        time.sleep(POLL_SECONDS)


def _looked_up(job_id: int, console: Console) -> Job | None:
    """The job's row. A database that is away for a while is waited for: the job itself is not lost with it."""
    for patience in range(LOST_SECONDS, -1, -1):
        try:
            return Job.objects.filter(pk=job_id).first()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if patience == 0:
                raise CommandError(f"The database is away. Job {job_id} goes on when it is back.") from error
            if patience == LOST_SECONDS:
                console.print("Lost the database: waiting for it.")
            time.sleep(1)
    return None


def _label(job: Job) -> str:
    return f"{job.kind}: {printable(job.message) or job.get_state_display()}"


def _nobody(job: Job) -> str:
    return (
        f"No worker has taken job {job.pk} ({job.kind}) yet: are workers running (make demo starts them), "
        "or busy with another job? Still waiting."
    )
