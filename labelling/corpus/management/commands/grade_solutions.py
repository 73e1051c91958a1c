"""``manage.py grade_solutions``: what ``import_solutions`` queues at its end, alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labelling.corpus.services import verdicts_job_create
from labelling.jobs.tasks import job_enqueue
from labelling.jobs.terminal import console_on, job_wait


class Command(BaseCommand):
    help = "Queue the grading of all final answers that this grader has not judged yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="Show progress until the worker is done.")

    def handle(self, *args: Any, **options: Any) -> None:
        job = verdicts_job_create()
        if job is None:
            self.stdout.write("Nothing to grade.")
            return
        job_enqueue(job)
        self.stdout.write(f"Job {job.pk} grades {job.total:,} solutions.")
        if options["wait"]:
            job_wait(job.pk, console_on(self.stdout))
