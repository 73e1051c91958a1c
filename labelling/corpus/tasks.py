"""Long work on the corpus, each by its job's id."""

from collections import Counter

from celery import shared_task

from labelling.corpus.selectors import Share, ungraded_count
from labelling.corpus.services import verdicts_add
from labelling.jobs.services import Progress, job_run


@shared_task
def grade(job_id: int) -> None:
    """Grade what is ungraded. Killed at any moment, the next run goes on where the rows end."""
    with job_run(job_id=job_id) as progress:
        if progress is not None:
            _grade(progress)


def _grade(progress: Progress) -> None:
    params = progress.job.params
    share = Share(params.get("slot", 0), params.get("slots", 1))
    done, left, after = progress.job.done, ungraded_count(share=share), 0
    total, values = done + left, Counter[str]()
    progress.report(done=done, total=total)
    while (graded := verdicts_add(after=after, share=share)) is not None:
        after = graded.last
        values += graded.values
        done += graded.values.total()
        progress.report(done=done, total=max(done, total), message=_message(values))
    progress.report(done=done, total=done, message=_message(values))


def _message(values: Counter[str]) -> str:
    return ", ".join(f"{count:,} {value}" for value, count in sorted(values.items())) or "nothing was left to grade"
